-- Announces changes of a table to a Lambda function, from inside the transaction that makes them. README.md beside this
-- file says how to install and remove it. It can be run again at any time. PostgreSQL 13 or later.
--
-- Who runs this owns the functions, and must be allowed to call aws_lambda.invoke. Who writes to the table need not be.

CREATE SCHEMA IF NOT EXISTS offload;

-- Invokes the function, or fails within the bounds that stand here. The caller waits meanwhile: they are the longest that
-- a writer can be held, for each transaction and table.
CREATE OR REPLACE FUNCTION offload.invoke(function_arn text, region text, payload json, invocation_type text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET aws_lambda.connect_timeout_ms = '500'
SET aws_lambda.request_timeout_ms = '1000'
AS $$
DECLARE
    answer record;
BEGIN
    SELECT * INTO answer FROM aws_lambda.invoke(
        aws_commons.create_lambda_function_arn(function_arn, region), payload, invocation_type);
    IF answer.status_code NOT BETWEEN 200 AND 299 THEN
        RAISE EXCEPTION 'Lambda answered with status %', answer.status_code;
    END IF;
END
$$;

-- The trigger. Its arguments: the function's ARN, and its region or ''.
CREATE OR REPLACE FUNCTION offload.announce() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- A statement may name a partition; the table that is announced is the whole.
    relation CONSTANT oid := coalesce(pg_partition_root(TG_RELID), TG_RELID);
    mark CONSTANT text := 'offload.announced_' || relation;
    transaction_id text;
    event json;
BEGIN
    -- One event for each transaction and table: whoever gets it waits for the transaction's end.
    IF current_setting(mark, true) = pg_current_xact_id_if_assigned()::text THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'TRUNCATE' THEN -- which has no transition table
        IF NOT EXISTS (SELECT FROM changed) THEN
            RETURN NULL;
        END IF;
    END IF;

    -- The top transaction's, also in a savepoint. The mark is set before the call: what fails is not tried again by each
    -- further statement. A savepoint that is rolled back takes the mark with it, and the event may be sent once more.
    transaction_id := pg_current_xact_id()::text;
    PERFORM set_config(mark, transaction_id, true);

    SELECT json_build_object('source', 'offload', 'schema', nspname, 'table', relname,
                             'operation', TG_OP, 'transactionId', transaction_id)
      INTO event
      FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE pg_class.oid = relation;
    BEGIN
        PERFORM offload.invoke(TG_ARGV[0], nullif(TG_ARGV[1], ''), event, 'Event');
    -- Also when a statement_timeout strikes here: it costs the event, and not what was written.
    EXCEPTION WHEN query_canceled OR OTHERS THEN
        RAISE WARNING 'offload: this change is not announced: %', SQLERRM USING DETAIL = event;
    END;
    RETURN NULL;
END
$$;

-- Puts the triggers on a table and its partitions. Writers to the table wait until the end of this transaction.
CREATE OR REPLACE FUNCTION offload.install(relation regclass, function_arn text, region text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    root CONSTANT regclass := pg_partition_root(relation);
    member regclass;
    operation text;
BEGIN
    IF to_regtype('aws_commons._lambda_function_arn_1') IS NULL THEN
        RAISE EXCEPTION 'The extension aws_lambda is not installed.' USING HINT = 'CREATE EXTENSION aws_lambda CASCADE;';
    END IF;
    IF root <> relation THEN
        RAISE EXCEPTION '% is a partition.', relation USING HINT = format('Install the triggers on %s.', root);
    END IF;

    BEGIN -- whether the function can be reached, and may be invoked, is better known now than at the first change
        PERFORM offload.invoke(function_arn, region, '{}', 'DryRun');
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'offload: % cannot be invoked from here: %', function_arn, SQLERRM;
    END;

    PERFORM offload.uninstall(relation);
    FOR member IN
        SELECT oid FROM pg_class
         WHERE oid = relation OR relkind IN ('r', 'p') AND oid IN (SELECT relid FROM pg_partition_tree(relation))
    LOOP
        FOREACH operation IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
            EXECUTE format(
                'CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION offload.announce(%L, %L)',
                'offload_' || lower(operation), operation, member,
                CASE operation
                    WHEN 'TRUNCATE' THEN ''
                    WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS changed'
                    ELSE 'REFERENCING NEW TABLE AS changed'
                END,
                function_arn, coalesce(region, ''));
        END LOOP;
    END LOOP;
END
$$;

-- Takes the triggers off a table and its partitions, whether or not there are any.
CREATE OR REPLACE FUNCTION offload.uninstall(relation regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT tgname, tgrelid::regclass AS member FROM pg_trigger
         WHERE tgfoid = 'offload.announce'::regproc
           AND (tgrelid = relation OR tgrelid IN (SELECT relid FROM pg_partition_tree(relation)))
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', found.tgname, found.member);
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION
    offload.invoke(text, text, json, text),
    offload.announce(),
    offload.install(regclass, text, text),
    offload.uninstall(regclass)
FROM PUBLIC;
