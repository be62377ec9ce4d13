-- A stand-in for Aurora's extension aws_lambda that records the invocations.
CREATE SCHEMA aws_commons;
CREATE SCHEMA aws_lambda;
CREATE TYPE aws_commons._lambda_function_arn_1 AS (function_name text, region text);
CREATE FUNCTION aws_commons.create_lambda_function_arn(function_name text, region text DEFAULT NULL)
RETURNS aws_commons._lambda_function_arn_1 LANGUAGE sql AS 'SELECT function_name, region';
CREATE TABLE aws_lambda.calls (function_name text, payload json, invocation_type text);
CREATE FUNCTION aws_lambda.invoke(
    function_name aws_commons._lambda_function_arn_1, payload json, invocation_type text,
    OUT status_code int, OUT result json)
LANGUAGE sql AS $$
    INSERT INTO aws_lambda.calls VALUES (($1).function_name, $2, $3);
    SELECT 202, NULL::json
$$;
