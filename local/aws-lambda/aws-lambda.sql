-- A stand-in for Aurora's extension aws_lambda, with the same functions. Each call reaches Lambda at once, while the
-- transaction of the caller is open: dblink connects to the bridge beside this file.
CREATE SCHEMA IF NOT EXISTS aws_commons;
CREATE SCHEMA IF NOT EXISTS aws_lambda;
CREATE EXTENSION IF NOT EXISTS dblink WITH SCHEMA aws_lambda;

DO $$
BEGIN
    CREATE TYPE aws_commons._lambda_function_arn_1 AS (function_name text, region text);
EXCEPTION WHEN duplicate_object THEN -- created by an earlier start
END
$$;

CREATE OR REPLACE FUNCTION aws_commons.create_lambda_function_arn(function_name text, region text DEFAULT NULL)
RETURNS aws_commons._lambda_function_arn_1
LANGUAGE sql AS 'SELECT function_name, region';

-- As on Aurora, a caller needs USAGE on the schema. SECURITY DEFINER, because only a superuser may use dblink without a
-- password.
CREATE OR REPLACE FUNCTION aws_lambda._call(
    function_name text, region text, payload text, invocation_type text, log_type text, context text, qualifier text,
    OUT status_code int, OUT result text, OUT executed_version text, OUT log_result text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, aws_lambda, public, pg_temp
AS $$
    SELECT * FROM dblink(
        aws_lambda._bridge(),
        json_build_object(
            'functionName', function_name, 'region', region, 'payload', payload, 'invocationType', invocation_type,
            'logType', log_type, 'clientContext', context, 'qualifier', qualifier,
            'connectTimeoutMs', coalesce(nullif(current_setting('aws_lambda.connect_timeout_ms', true), ''), '1000')::int,
            'requestTimeoutMs', coalesce(nullif(current_setting('aws_lambda.request_timeout_ms', true), ''), '3000')::int
        )::text
    ) AS answer(status_code int, result text, executed_version text, log_result text)
$$;

CREATE OR REPLACE FUNCTION aws_lambda.invoke(
    function_name text, payload json, region text DEFAULT NULL, invocation_type text DEFAULT 'RequestResponse',
    log_type text DEFAULT 'None', context json DEFAULT NULL, qualifier varchar(128) DEFAULT NULL,
    OUT status_code int, OUT payload json, OUT executed_version text, OUT log_result text)
LANGUAGE sql AS $$
    SELECT status_code, result::json, executed_version, log_result
      FROM aws_lambda._call($1, $3, $2::text, $4, $5, $6::text, $7)
$$;

CREATE OR REPLACE FUNCTION aws_lambda.invoke(
    function_name text, payload jsonb, region text DEFAULT NULL, invocation_type text DEFAULT 'RequestResponse',
    log_type text DEFAULT 'None', context jsonb DEFAULT NULL, qualifier varchar(128) DEFAULT NULL,
    OUT status_code int, OUT payload jsonb, OUT executed_version text, OUT log_result text)
LANGUAGE sql AS $$
    SELECT status_code, result::jsonb, executed_version, log_result
      FROM aws_lambda._call($1, $3, $2::text, $4, $5, $6::text, $7)
$$;

CREATE OR REPLACE FUNCTION aws_lambda.invoke(
    function_name aws_commons._lambda_function_arn_1, payload json, invocation_type text DEFAULT 'RequestResponse',
    log_type text DEFAULT 'None', context json DEFAULT NULL, qualifier varchar(128) DEFAULT NULL,
    OUT status_code int, OUT payload json, OUT executed_version text, OUT log_result text)
LANGUAGE sql AS $$
    SELECT status_code, result::json, executed_version, log_result
      FROM aws_lambda._call(($1).function_name, ($1).region, $2::text, $3, $4, $5::text, $6)
$$;

CREATE OR REPLACE FUNCTION aws_lambda.invoke(
    function_name aws_commons._lambda_function_arn_1, payload jsonb, invocation_type text DEFAULT 'RequestResponse',
    log_type text DEFAULT 'None', context jsonb DEFAULT NULL, qualifier varchar(128) DEFAULT NULL,
    OUT status_code int, OUT payload jsonb, OUT executed_version text, OUT log_result text)
LANGUAGE sql AS $$
    SELECT status_code, result::jsonb, executed_version, log_result
      FROM aws_lambda._call(($1).function_name, ($1).region, $2::text, $3, $4, $5::text, $6)
$$;
