-- Invokes a Lambda function when a table changes, from inside the changing transaction. The README.md beside this file
-- describes the installation and the removal. The script can run again at any time. It needs PostgreSQL 13 or later.
--
-- The installing role owns the objects and needs EXECUTE on aws_lambda.invoke. Writers to a table need no privilege.

-- Another role could have created this schema, with functions that would run with the installer's rights.
DO $$
DECLARE
    path CONSTANT pg_catalog.text := pg_catalog.current_setting('search_path');
    foreign_object pg_catalog.record;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF to_regnamespace('offload') IS NULL THEN
        CREATE SCHEMA offload;
    END IF;

    SELECT * INTO foreign_object
      FROM (SELECT 'The schema offload', nspowner FROM pg_namespace WHERE nspname = 'offload'
            UNION ALL
            SELECT format('The function %s', oid::regprocedure), proowner FROM pg_proc
             WHERE pronamespace = to_regnamespace('offload')
            UNION ALL
            SELECT format('The relation %s', oid::regclass), relowner FROM pg_class
             WHERE relnamespace = to_regnamespace('offload')) AS found(name, owner)
     WHERE pg_get_userbyid(owner) <> current_user
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% belongs to the role %, not to the installing role %.',
            foreign_object.name, pg_get_userbyid(foreign_object.owner), current_user
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Install as its owner if you trust that role; otherwise remove it first: DROP SCHEMA offload CASCADE;';
    END IF;

    IF EXISTS (SELECT FROM pg_namespace, aclexplode(nspacl)
                WHERE nspname = 'offload' AND privilege_type = 'CREATE' AND grantee <> nspowner) THEN
        RAISE EXCEPTION 'Other roles may create functions in the schema offload.'
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'REVOKE CREATE ON SCHEMA offload FROM …; for PUBLIC and each role that \dn+ offload shows with C.';
    END IF;
    PERFORM pg_catalog.set_config('search_path', path, true);
END
$$;

-- The function to invoke, in one row, with the timeouts of a call. Their sum bounds a writer's wait in one transaction.
CREATE TABLE IF NOT EXISTS offload.target (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    function_arn text NOT NULL,
    connect_timeout_ms int NOT NULL DEFAULT 500 CHECK (connect_timeout_ms > 0),
    request_timeout_ms int NOT NULL DEFAULT 1000 CHECK (request_timeout_ms > 0)
);

-- The id of this session's transaction whose invocation failed; 1 means none, because no transaction has this id. A rollback
-- does not reset a sequence, so a transaction that rolls back to a savepoint does not wait for Lambda's timeout again.
CREATE SEQUENCE IF NOT EXISTS offload.not_invoked_in;

-- Invokes the function; fails after the timeouts. If the role may not set the timeouts, the cluster's timeouts apply.
CREATE OR REPLACE FUNCTION offload.invoke(payload json, invocation_type text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    target offload.target;
    -- The caller's own settings, restored below. A function with a SET clause for them could be created only by a superuser.
    connect_timeout_ms CONSTANT text := current_setting('aws_lambda.connect_timeout_ms', true);
    request_timeout_ms CONSTANT text := current_setting('aws_lambda.request_timeout_ms', true);
    answer record;
BEGIN
    SELECT * INTO target FROM offload.target;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no function is installed' USING HINT = 'SELECT offload.install(…);';
    END IF;
    BEGIN
        PERFORM set_config('aws_lambda.connect_timeout_ms', target.connect_timeout_ms::text, true),
                set_config('aws_lambda.request_timeout_ms', target.request_timeout_ms::text, true);
    EXCEPTION WHEN insufficient_privilege THEN
    END;
    SELECT * INTO answer FROM aws_lambda.invoke(
        aws_commons.create_lambda_function_arn(target.function_arn, split_part(target.function_arn, ':', 4)),
        payload, invocation_type);
    BEGIN
        PERFORM set_config('aws_lambda.connect_timeout_ms', connect_timeout_ms, true),
                set_config('aws_lambda.request_timeout_ms', request_timeout_ms, true);
    EXCEPTION WHEN insufficient_privilege THEN
    END;
    IF answer.status_code BETWEEN 200 AND 299 THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'Lambda answered with status %', answer.status_code;
END
$$;

-- Sends one event per transaction for a relation; for a partition, the event names the partitioned table.
CREATE OR REPLACE FUNCTION offload.send(relation oid, operation text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    root CONSTANT oid := coalesce(pg_partition_root(relation), relation);
    mark CONSTANT text := 'offload.announced_' || root;
    -- The id of the top-level transaction, also within a savepoint.
    transaction_id CONSTANT text := pg_current_xact_id()::text;
    event json;
BEGIN
    -- A rollback to a savepoint undoes the mark, and the event may be sent again.
    IF current_setting(mark, true) = transaction_id THEN
        RETURN;
    END IF;
    PERFORM set_config(mark, transaction_id, true);

    BEGIN
        IF currval('offload.not_invoked_in') = transaction_id::bigint THEN
            RETURN;
        END IF;
    EXCEPTION WHEN object_not_in_prerequisite_state THEN -- this session has invoked nothing yet
    END;

    SELECT json_build_object('source', 'offload', 'schema', nspname, 'table', relname, 'operation', operation,
                             'transactionId', transaction_id,
                             'announcedAt', (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
      INTO event
      FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE pg_class.oid = root;
    PERFORM setval('offload.not_invoked_in', transaction_id::bigint);
    BEGIN
        PERFORM offload.invoke(event, 'Event');
        PERFORM setval('offload.not_invoked_in', 1);
    EXCEPTION WHEN OTHERS THEN -- OTHERS excludes a cancel and a statement_timeout: those end the writer's statement
        RAISE WARNING 'offload: this change is not announced: %', SQLERRM
            USING DETAIL = event, HINT = 'This transaction sends no further events.';
    END;
END
$$;

-- The trigger: announces a statement that changed at least one row, and every TRUNCATE.
CREATE OR REPLACE FUNCTION offload.announce_statement() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_setting('offload.announced_' || coalesce(pg_partition_root(TG_RELID), TG_RELID), true)
       = pg_current_xact_id_if_assigned()::text THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'TRUNCATE' THEN -- TRUNCATE has no transition table
        IF NOT EXISTS (SELECT FROM changed) THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM offload.send(TG_RELID, TG_OP);
    RETURN NULL;
END
$$;

-- Announces a change that fires no trigger: the refresh of a materialized view, or a partition that is attached, detached or
-- dropped. Call it anywhere in the transaction that makes the change.
CREATE OR REPLACE FUNCTION offload.announce(relation regclass) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM offload.send(relation, 'UPDATE');
END
$$;

-- Another role could have created the extension's schemas before the extension was installed.
CREATE OR REPLACE FUNCTION offload.check_aws_lambda() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    foreign_object record;
BEGIN
    IF to_regtype('aws_commons._lambda_function_arn_1') IS NULL OR to_regnamespace('aws_lambda') IS NULL THEN
        RAISE EXCEPTION 'The extension aws_lambda is not installed.' USING HINT = 'CREATE EXTENSION aws_lambda CASCADE;';
    END IF;

    SELECT * INTO foreign_object
      FROM (SELECT format('The schema %I', nspname), nspowner FROM pg_namespace
             WHERE nspname IN ('aws_lambda', 'aws_commons')
            UNION ALL
            SELECT format('The function %s', pg_proc.oid::regprocedure), proowner
              FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
             WHERE nspname IN ('aws_lambda', 'aws_commons')) AS found(name, owner)
     WHERE pg_get_userbyid(owner) <> current_user
       AND NOT EXISTS (SELECT FROM pg_roles WHERE oid = owner AND rolsuper)
       AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_superuser' AND pg_has_role(owner, oid, 'MEMBER'))
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% belongs to the role %, which is neither the installing role % nor a superuser.',
            foreign_object.name, pg_get_userbyid(foreign_object.owner), current_user
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Drop the schemas aws_lambda and aws_commons, then: CREATE EXTENSION aws_lambda CASCADE;';
    END IF;
END
$$;

-- Installs the triggers on a table and its partitions. Writers to the table wait until this transaction ends.
CREATE OR REPLACE FUNCTION offload.install(relation regclass, function_arn text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    root CONSTANT regclass := coalesce(pg_partition_root(relation), relation);
    kind CONSTANT "char" := (SELECT relkind FROM pg_class WHERE oid = relation);
    member regclass;
    operation text;
BEGIN
    PERFORM offload.check_aws_lambda();
    IF function_arn !~ '^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$' THEN
        RAISE EXCEPTION '% is not the ARN of a Lambda function.', function_arn
            USING HINT = 'For example: arn:aws:lambda:eu-west-1:123456789012:function:offload-prod-refresh';
    END IF;
    IF root <> relation THEN
        RAISE EXCEPTION '% is a partition.', relation USING HINT = format('Install the triggers on %s.', root);
    END IF;

    INSERT INTO offload.target (function_arn) VALUES (install.function_arn)
        ON CONFLICT (one) DO UPDATE SET function_arn = excluded.function_arn;
    -- A dry run finds a missing network path or permission now, before the first change. It runs once per transaction,
    -- before the first lock.
    IF current_setting('offload.tried', true) IS DISTINCT FROM function_arn THEN
        PERFORM set_config('offload.tried', function_arn, true);
        BEGIN
            PERFORM offload.invoke('{}', 'DryRun');
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'offload: this database cannot invoke %: %', function_arn, SQLERRM;
        END;
    END IF;

    IF kind IN ('v', 'm') THEN
        RAISE WARNING 'offload: % is a view, which cannot have these triggers.', relation
            USING HINT = format('Install the triggers on the tables of the view, or SELECT offload.announce(%L) when it changes.', relation);
        RETURN;
    END IF;
    PERFORM offload.uninstall(relation);
    FOR member IN
        SELECT oid FROM pg_class
         WHERE oid = relation OR relkind IN ('r', 'p') AND oid IN (SELECT relid FROM pg_partition_tree(relation))
    LOOP
        FOREACH operation IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
            EXECUTE format(
                'CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION offload.announce_statement()',
                'offload_' || lower(operation), operation, member,
                CASE operation
                    WHEN 'TRUNCATE' THEN ''
                    WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS changed'
                    ELSE 'REFERENCING NEW TABLE AS changed'
                END);
        END LOOP;
    END LOOP;
END
$$;

-- Removes the triggers from a table and its partitions, if there are any.
CREATE OR REPLACE FUNCTION offload.uninstall(relation regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT tgname, tgrelid::regclass AS member FROM pg_trigger
         WHERE tgfoid = 'offload.announce_statement'::regproc
           AND (tgrelid = relation OR tgrelid IN (SELECT relid FROM pg_partition_tree(relation)))
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', found.tgname, found.member);
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION
    offload.invoke(json, text),
    offload.send(oid, text),
    offload.announce_statement(),
    offload.announce(regclass),
    offload.check_aws_lambda(),
    offload.install(regclass, text),
    offload.uninstall(regclass)
FROM PUBLIC;
