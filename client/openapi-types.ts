/** The API of the tests’ table `topics`. `npm run api` writes this file. */
export interface paths {
    "/topics/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The topics, in the order of their id */
        get: operations["topics_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/topics/{key}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of the topics, by its id */
        get: operations["topics_retrieve"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/changes/topics/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The changes of the topics since a version, or of those that match a query */
        get: operations["topics_changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/refresh/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads the tables and publishes them */
        get: operations["refresh_retrieve"];
        put?: never;
        /** Reads the tables and publishes them; the body may name the change */
        post: operations["refresh_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Topic: {
            /**
             * Format: int64
             * @example 1
             */
            id: number;
            /** @example a text */
            title: string;
            /** @example a text */
            comment: string;
            /**
             * Format: date-time
             * @example 2026-02-28T09:05:07.123456+00:00
             */
            dt: string;
        };
        TopicList: {
            topics: components["schemas"]["Topic"][];
        };
        TopicChanges: {
            /**
             * Format: int64
             * @description The value for the next `since`.
             */
            version: number;
            /** @description The added and edited records. */
            upserts: components["schemas"]["Topic"][];
            /** @description The id of each deleted record. */
            deletes: number[];
            /** @description The number of records in the list at `version`. */
            count: number;
        };
    };
    responses: {
        /**
         * @description `limit_invalid`: `limit` must be a whole number from 1 to the table’s maximum.
         *
         *     `after_invalid`: `after` must be a key of the table.
         *
         *     `offset_invalid`: `offset` must be a whole number.
         *
         *     `page_size_invalid`: `page_size` must be a whole number from 1 to the table’s maximum.
         *
         *     `cursor_invalid`: `cursor` must come from the Link of a page with the same ordering.
         *
         *     `count_invalid`: `count` must be `exact`.
         *
         *     `format_invalid`: `format` must be `json`.
         *
         *     `paging_ambiguous`: The request mixes two kinds of paging.
         *
         *     `ordering_invalid`: `ordering` names a field that cannot be ordered by.
         *
         *     `parameter_unknown`: The path does not have this parameter.
         *
         *     `filter_invalid`: The value of a filter is invalid for its field.
         *
         *     `filters_too_many`: The request has too many filters.
         *
         *     `filter_too_long`: The value of a filter is too long.
         *
         *     `search_too_long`: `search` has too many words, or is too long.
         *
         *     `fields_invalid`: `fields` names an unknown field.
         *
         *     `version_invalid`: `version` must be a whole number.
         *
         *     `transaction_invalid`: `transaction` or `Transaction-Id` must be a number from `pg_current_xact_id()`.
         */
        ListError400: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "limit_invalid" | "after_invalid" | "offset_invalid" | "page_size_invalid" | "cursor_invalid" | "count_invalid" | "format_invalid" | "paging_ambiguous" | "ordering_invalid" | "parameter_unknown" | "filter_invalid" | "filters_too_many" | "filter_too_long" | "search_too_long" | "fields_invalid" | "version_invalid" | "transaction_invalid";
                    message: string;
                };
            };
        };
        /**
         * @description `page_invalid`: `page` is past the last page, or not a page number.
         *
         *     `version_unknown`: The version is above the current one.
         */
        ListError404: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "page_invalid" | "version_unknown";
                    message: string;
                };
            };
        };
        /** @description `coding_not_acceptable`: `Accept-Encoding` refuses gzip, brotli and identity. */
        ListError406: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "coding_not_acceptable";
                    message: string;
                };
            };
        };
        /** @description `pinned`: An operator has pinned an older version, which excludes later transactions. */
        ListError409: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "pinned";
                    message: string;
                };
            };
        };
        /** @description `version_gone`: The version is no longer kept: read the list again. */
        ListError410: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "version_gone";
                    message: string;
                };
            };
        };
        /** @description `precondition_failed`: `If-Match` does not name the current ETag. */
        ListError412: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "precondition_failed";
                    message: string;
                };
            };
        };
        /** @description `response_too_large`: The list does not fit into one answer: ask for pages, or accept gzip. */
        ListError413: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "response_too_large";
                    message: string;
                };
            };
        };
        /**
         * @description `pinned_form`: The pinned version lacks this release’s definition of the table.
         *
         *     `cache_unusable`: The shared cache rejects the calls, or returns an unreadable response.
         *
         *     `snapshot_broken`: Stored chunks of the list are missing or corrupt.
         *
         *     `database_misconfigured`: The database rejects the service’s credentials or configuration.
         *
         *     `statement_failed`: The database rejects a statement.
         *
         *     `schema_drift`: The table’s columns differ from its file.
         *
         *     `row_invalid`: A row holds a value that the table’s file does not allow.
         *
         *     `row_too_large`: A row exceeds the size limit of 16 MiB.
         *
         *     `key_not_unique`: Two rows have the same key, or a row has none.
         *
         *     `table_not_readable`: The database’s role may not read the table.
         *
         *     `table_unreadable`: The view, or the table’s `where`, raises an error.
         *
         *     `table_unstable`: The view, or the table’s `where`, is volatile.
         *
         *     `internal_error`: An internal error: the service’s log has the cause.
         */
        ListError500: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "pinned_form" | "cache_unusable" | "snapshot_broken" | "database_misconfigured" | "statement_failed" | "schema_drift" | "row_invalid" | "row_too_large" | "key_not_unique" | "table_not_readable" | "table_unreadable" | "table_unstable" | "internal_error";
                    message: string;
                };
            };
        };
        /**
         * @description `cache_unavailable`: The shared cache does not respond, and memory is empty or too stale.
         *
         *     `nothing_published`: No list is published yet.
         *
         *     `transaction_not_included`: The list did not include the transaction within the waiting time.
         *
         *     `busy`: Too many requests are waiting for old versions.
         *
         *     `refresh_pending`: Another container is refreshing the tables: retry.
         *
         *     `publication_contended`: Other containers kept publishing during this refresh: retry.
         *
         *     `database_unavailable`: The database does not respond.
         *
         *     `transaction_lost`: The read of the database was interrupted.
         *
         *     `table_locked`: The table is locked.
         */
        ListError503: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "cache_unavailable" | "nothing_published" | "transaction_not_included" | "busy" | "refresh_pending" | "publication_contended" | "database_unavailable" | "transaction_lost" | "table_locked";
                    message: string;
                };
            };
        };
        /**
         * @description `version_invalid`: `version` must be a whole number.
         *
         *     `transaction_invalid`: `transaction` or `Transaction-Id` must be a number from `pg_current_xact_id()`.
         */
        RecordError400: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "version_invalid" | "transaction_invalid";
                    message: string;
                };
            };
        };
        /**
         * @description `record_not_found`: No record has this key.
         *
         *     `version_unknown`: The version is above the current one.
         */
        RecordError404: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "record_not_found" | "version_unknown";
                    message: string;
                };
            };
        };
        /** @description `coding_not_acceptable`: `Accept-Encoding` refuses gzip, brotli and identity. */
        RecordError406: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "coding_not_acceptable";
                    message: string;
                };
            };
        };
        /** @description `pinned`: An operator has pinned an older version, which excludes later transactions. */
        RecordError409: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "pinned";
                    message: string;
                };
            };
        };
        /** @description `version_gone`: The version is no longer kept: read the list again. */
        RecordError410: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "version_gone";
                    message: string;
                };
            };
        };
        /** @description `precondition_failed`: `If-Match` does not name the current ETag. */
        RecordError412: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "precondition_failed";
                    message: string;
                };
            };
        };
        /**
         * @description `pinned_form`: The pinned version lacks this release’s definition of the table.
         *
         *     `cache_unusable`: The shared cache rejects the calls, or returns an unreadable response.
         *
         *     `snapshot_broken`: Stored chunks of the list are missing or corrupt.
         *
         *     `database_misconfigured`: The database rejects the service’s credentials or configuration.
         *
         *     `statement_failed`: The database rejects a statement.
         *
         *     `schema_drift`: The table’s columns differ from its file.
         *
         *     `row_invalid`: A row holds a value that the table’s file does not allow.
         *
         *     `row_too_large`: A row exceeds the size limit of 16 MiB.
         *
         *     `key_not_unique`: Two rows have the same key, or a row has none.
         *
         *     `table_not_readable`: The database’s role may not read the table.
         *
         *     `table_unreadable`: The view, or the table’s `where`, raises an error.
         *
         *     `table_unstable`: The view, or the table’s `where`, is volatile.
         *
         *     `internal_error`: An internal error: the service’s log has the cause.
         */
        RecordError500: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "pinned_form" | "cache_unusable" | "snapshot_broken" | "database_misconfigured" | "statement_failed" | "schema_drift" | "row_invalid" | "row_too_large" | "key_not_unique" | "table_not_readable" | "table_unreadable" | "table_unstable" | "internal_error";
                    message: string;
                };
            };
        };
        /**
         * @description `cache_unavailable`: The shared cache does not respond, and memory is empty or too stale.
         *
         *     `nothing_published`: No list is published yet.
         *
         *     `transaction_not_included`: The list did not include the transaction within the waiting time.
         *
         *     `busy`: Too many requests are waiting for old versions.
         *
         *     `refresh_pending`: Another container is refreshing the tables: retry.
         *
         *     `publication_contended`: Other containers kept publishing during this refresh: retry.
         *
         *     `database_unavailable`: The database does not respond.
         *
         *     `transaction_lost`: The read of the database was interrupted.
         *
         *     `table_locked`: The table is locked.
         */
        RecordError503: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "cache_unavailable" | "nothing_published" | "transaction_not_included" | "busy" | "refresh_pending" | "publication_contended" | "database_unavailable" | "transaction_lost" | "table_locked";
                    message: string;
                };
            };
        };
        /**
         * @description `since_missing`: `since` is missing.
         *
         *     `since_invalid`: `since` must be a whole number.
         *
         *     `until_invalid`: `until` must be a whole number.
         *
         *     `until_before_since`: `until` is below `since`.
         *
         *     `parameter_unknown`: The path does not have this parameter.
         *
         *     `filter_invalid`: The value of a filter is invalid for its field.
         *
         *     `filters_too_many`: The request has too many filters.
         *
         *     `filter_too_long`: The value of a filter is too long.
         *
         *     `search_too_long`: `search` has too many words, or is too long.
         *
         *     `fields_invalid`: `fields` names an unknown field.
         *
         *     `transaction_invalid`: `transaction` or `Transaction-Id` must be a number from `pg_current_xact_id()`.
         */
        ChangesError400: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "since_missing" | "since_invalid" | "until_invalid" | "until_before_since" | "parameter_unknown" | "filter_invalid" | "filters_too_many" | "filter_too_long" | "search_too_long" | "fields_invalid" | "transaction_invalid";
                    message: string;
                };
            };
        };
        /** @description `version_unknown`: The version is above the current one. */
        ChangesError404: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "version_unknown";
                    message: string;
                };
            };
        };
        /** @description `coding_not_acceptable`: `Accept-Encoding` refuses gzip, brotli and identity. */
        ChangesError406: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "coding_not_acceptable";
                    message: string;
                };
            };
        };
        /** @description `pinned`: An operator has pinned an older version, which excludes later transactions. */
        ChangesError409: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "pinned";
                    message: string;
                };
            };
        };
        /**
         * @description `delta_too_large`: Most of the table has changed, or the changes do not fit into one answer: read the list again.
         *
         *     `version_gone`: The version is no longer kept: read the list again.
         */
        ChangesError410: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "delta_too_large" | "version_gone";
                    message: string;
                };
            };
        };
        /** @description `precondition_failed`: `If-Match` does not name the current ETag. */
        ChangesError412: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "precondition_failed";
                    message: string;
                };
            };
        };
        /**
         * @description `pinned_form`: The pinned version lacks this release’s definition of the table.
         *
         *     `cache_unusable`: The shared cache rejects the calls, or returns an unreadable response.
         *
         *     `snapshot_broken`: Stored chunks of the list are missing or corrupt.
         *
         *     `database_misconfigured`: The database rejects the service’s credentials or configuration.
         *
         *     `statement_failed`: The database rejects a statement.
         *
         *     `schema_drift`: The table’s columns differ from its file.
         *
         *     `row_invalid`: A row holds a value that the table’s file does not allow.
         *
         *     `row_too_large`: A row exceeds the size limit of 16 MiB.
         *
         *     `key_not_unique`: Two rows have the same key, or a row has none.
         *
         *     `table_not_readable`: The database’s role may not read the table.
         *
         *     `table_unreadable`: The view, or the table’s `where`, raises an error.
         *
         *     `table_unstable`: The view, or the table’s `where`, is volatile.
         *
         *     `internal_error`: An internal error: the service’s log has the cause.
         */
        ChangesError500: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "pinned_form" | "cache_unusable" | "snapshot_broken" | "database_misconfigured" | "statement_failed" | "schema_drift" | "row_invalid" | "row_too_large" | "key_not_unique" | "table_not_readable" | "table_unreadable" | "table_unstable" | "internal_error";
                    message: string;
                };
            };
        };
        /**
         * @description `cache_unavailable`: The shared cache does not respond, and memory is empty or too stale.
         *
         *     `nothing_published`: No list is published yet.
         *
         *     `transaction_not_included`: The list did not include the transaction within the waiting time.
         *
         *     `busy`: Too many requests are waiting for old versions.
         *
         *     `refresh_pending`: Another container is refreshing the tables: retry.
         *
         *     `publication_contended`: Other containers kept publishing during this refresh: retry.
         *
         *     `database_unavailable`: The database does not respond.
         *
         *     `transaction_lost`: The read of the database was interrupted.
         *
         *     `table_locked`: The table is locked.
         */
        ChangesError503: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "cache_unavailable" | "nothing_published" | "transaction_not_included" | "busy" | "refresh_pending" | "publication_contended" | "database_unavailable" | "transaction_lost" | "table_locked";
                    message: string;
                };
            };
        };
        /**
         * @description `parameter_unknown`: The path does not have this parameter.
         *
         *     `body_not_json`: The body is not JSON.
         *
         *     `body_not_utf8`: The body is not UTF-8.
         *
         *     `event_unknown`: The body is not a change event.
         *
         *     `event_unsupported`: The body is an event of an unsupported kind.
         *
         *     `version_invalid`: `version` must be a whole number.
         *
         *     `transaction_invalid`: `transaction` or `Transaction-Id` must be a number from `pg_current_xact_id()`.
         */
        RefreshError400: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "parameter_unknown" | "body_not_json" | "body_not_utf8" | "event_unknown" | "event_unsupported" | "version_invalid" | "transaction_invalid";
                    message: string;
                };
            };
        };
        /** @description `unauthorized`: The token is missing, or not current. */
        RefreshError401: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "unauthorized";
                    message: string;
                };
            };
        };
        /**
         * @description `table_unknown`: `table` names an unknown table.
         *
         *     `version_unknown`: The version is above the current one.
         */
        RefreshError404: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "table_unknown" | "version_unknown";
                    message: string;
                };
            };
        };
        /** @description `coding_not_acceptable`: `Accept-Encoding` refuses gzip, brotli and identity. */
        RefreshError406: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "coding_not_acceptable";
                    message: string;
                };
            };
        };
        /**
         * @description `publication_held`: The table would lose more rows than its `mayLose` allows: an operator must accept the loss.
         *
         *     `pinned`: An operator has pinned an older version, which excludes later transactions.
         */
        RefreshError409: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "publication_held" | "pinned";
                    message: string;
                };
            };
        };
        /** @description `version_gone`: The version is no longer kept: read the list again. */
        RefreshError410: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "version_gone";
                    message: string;
                };
            };
        };
        /** @description `precondition_failed`: `If-Match` does not name the current ETag. */
        RefreshError412: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "precondition_failed";
                    message: string;
                };
            };
        };
        /** @description `body_too_large`: The body is larger than 6 MB. */
        RefreshError413: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "body_too_large";
                    message: string;
                };
            };
        };
        /**
         * @description `content_type_unsupported`: The body is not `application/json`.
         *
         *     `content_coding_unsupported`: The body has a `Content-Encoding`.
         */
        RefreshError415: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "content_type_unsupported" | "content_coding_unsupported";
                    message: string;
                };
            };
        };
        /**
         * @description `token_misconfigured`: The parameter with the token is missing, or may not be read.
         *
         *     `pinned_form`: The pinned version lacks this release’s definition of the table.
         *
         *     `cache_unusable`: The shared cache rejects the calls, or returns an unreadable response.
         *
         *     `snapshot_broken`: Stored chunks of the list are missing or corrupt.
         *
         *     `database_misconfigured`: The database rejects the service’s credentials or configuration.
         *
         *     `statement_failed`: The database rejects a statement.
         *
         *     `schema_drift`: The table’s columns differ from its file.
         *
         *     `row_invalid`: A row holds a value that the table’s file does not allow.
         *
         *     `row_too_large`: A row exceeds the size limit of 16 MiB.
         *
         *     `key_not_unique`: Two rows have the same key, or a row has none.
         *
         *     `table_not_readable`: The database’s role may not read the table.
         *
         *     `table_unreadable`: The view, or the table’s `where`, raises an error.
         *
         *     `table_unstable`: The view, or the table’s `where`, is volatile.
         *
         *     `internal_error`: An internal error: the service’s log has the cause.
         */
        RefreshError500: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "token_misconfigured" | "pinned_form" | "cache_unusable" | "snapshot_broken" | "database_misconfigured" | "statement_failed" | "schema_drift" | "row_invalid" | "row_too_large" | "key_not_unique" | "table_not_readable" | "table_unreadable" | "table_unstable" | "internal_error";
                    message: string;
                };
            };
        };
        /**
         * @description `token_unavailable`: The token cannot be checked now.
         *
         *     `cache_unavailable`: The shared cache does not respond, and memory is empty or too stale.
         *
         *     `nothing_published`: No list is published yet.
         *
         *     `transaction_not_included`: The list did not include the transaction within the waiting time.
         *
         *     `busy`: Too many requests are waiting for old versions.
         *
         *     `refresh_pending`: Another container is refreshing the tables: retry.
         *
         *     `publication_contended`: Other containers kept publishing during this refresh: retry.
         *
         *     `database_unavailable`: The database does not respond.
         *
         *     `transaction_lost`: The read of the database was interrupted.
         *
         *     `table_locked`: The table is locked.
         */
        RefreshError503: {
            headers: {
                "Cache-Control": components["headers"]["Cache-Control"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @enum {string} */
                    code: "token_unavailable" | "cache_unavailable" | "nothing_published" | "transaction_not_included" | "busy" | "refresh_pending" | "publication_contended" | "database_unavailable" | "transaction_lost" | "table_locked";
                    message: string;
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description The strong validator of this representation, for `If-None-Match`. */
        ETag: string;
        /** @description How long a cache may keep the answer. */
        "Cache-Control": string;
        /** @description The request headers that the answer depends on. */
        Vary: string;
        /** @description Seconds since the request that last validated the published version was sent; not the age of the data. */
        Age: number;
        /** @description When the content was published. */
        "Last-Modified": string;
        /** @description The version of the content. */
        "Snapshot-Version": number;
        /** @description The number of records in the whole list; with `count=exact`, of those that match. */
        "Total-Count": number;
        /** @description Like `Total-Count`. A 304 omits it if the records of a query would have to be counted. */
        "Total-Count-If-Known": number;
        /** @description The origin of the answer (RFC 9211). `detail` is `memory`, `store` or `database`; or `stale`: a due validation or refresh failed; `frozen`: the last refresh could not read the table; `pinned`: an operator has pinned this version. */
        "Cache-Status": string;
        /** @description The content coding that `Accept-Encoding` selects. */
        "Content-Encoding": "gzip" | "br";
        /** @description On a page: the URL of the next one, `<?…>; rel="next"`. */
        Link: string;
        /** @description Seconds to wait before a retry. */
        "Retry-After": number;
        /** @description How to authenticate. */
        "WWW-Authenticate": string;
        /** @description The origins whose pages may read the answer. */
        "Access-Control-Allow-Origin": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    topics_list: {
        parameters: {
            query?: {
                /** @description The maximum number of records. Without a paging parameter, the answer has all records. */
                limit?: number;
                /** @description The number of records to skip. */
                offset?: number;
                /** @description The number of the page, from 1, or `last`. */
                page?: number | "last";
                /** @description The number of records per numbered page. Without a paging parameter, the answer has all records. */
                page_size?: number;
                /** @description The records after this key: the `after` value of the previous page’s Link. */
                after?: number;
                /** @description Paging for any ordering: empty for the first page, then the `cursor` value of a page’s Link. */
                cursor?: string;
                /** @description Fields separated by commas, with `-` before a descending one. Default: id. */
                ordering?: ("id" | "-id" | "title" | "-title" | "comment" | "-comment" | "dt" | "-dt")[];
                /**
                 * @description Each member is a separate parameter: `title__icontains=cat`. A record must match all of them. A name that ends with `!` selects the records that do not match.
                 * @example {}
                 */
                filters?: {
                    [key: string]: string;
                };
                /** @description Words and quoted phrases. Each must occur in one of these fields: title, comment. */
                search?: string;
                /** @description The fields of each record, separated by commas. The records then lack the other fields, although the schema of whole records requires them. */
                fields?: ("id" | "title" | "comment" | "dt")[];
                /** @description `exact`: Total-Count counts the records that match. */
                count?: "exact";
                /** @description The format of the answer. */
                format?: "json";
                /** @description A Snapshot-Version: the answer is of that version. 410 if it is no longer kept; 404 if it is above the current one. */
                version?: number;
                /** @description A number from pg_current_xact_id(): the answer includes that transaction, or is 503. */
                transaction?: string;
            };
            header?: {
                /** @description The same as the parameter `transaction`. */
                "Transaction-Id"?: string;
                /** @description The ETags that the client has. The answer is 304 if one of them is current. */
                "If-None-Match"?: string;
                /** @description `no-cache`: the service revalidates its memory before it answers. */
                "Cache-Control"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The topics, in the order of their id */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    Vary: components["headers"]["Vary"];
                    Age: components["headers"]["Age"];
                    "Last-Modified": components["headers"]["Last-Modified"];
                    "Snapshot-Version": components["headers"]["Snapshot-Version"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    "Total-Count": components["headers"]["Total-Count"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    Link: components["headers"]["Link"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopicList"];
                };
            };
            /** @description `If-None-Match` names the current content. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    Vary: components["headers"]["Vary"];
                    Age: components["headers"]["Age"];
                    "Last-Modified": components["headers"]["Last-Modified"];
                    "Snapshot-Version": components["headers"]["Snapshot-Version"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    "Total-Count": components["headers"]["Total-Count-If-Known"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    Link: components["headers"]["Link"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ListError400"];
            404: components["responses"]["ListError404"];
            406: components["responses"]["ListError406"];
            409: components["responses"]["ListError409"];
            410: components["responses"]["ListError410"];
            412: components["responses"]["ListError412"];
            413: components["responses"]["ListError413"];
            500: components["responses"]["ListError500"];
            503: components["responses"]["ListError503"];
        };
    };
    topics_retrieve: {
        parameters: {
            query?: {
                /** @description A Snapshot-Version: the answer is of that version. 410 if it is no longer kept; 404 if it is above the current one. */
                version?: number;
                /** @description A number from pg_current_xact_id(): the answer includes that transaction, or is 503. */
                transaction?: string;
            };
            header?: {
                /** @description The same as the parameter `transaction`. */
                "Transaction-Id"?: string;
                /** @description The ETags that the client has. The answer is 304 if one of them is current. */
                "If-None-Match"?: string;
                /** @description `no-cache`: the service revalidates its memory before it answers. */
                "Cache-Control"?: string;
            };
            path: {
                /** @description The record’s id. */
                key: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One of the topics, by its id */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    Vary: components["headers"]["Vary"];
                    Age: components["headers"]["Age"];
                    "Last-Modified": components["headers"]["Last-Modified"];
                    "Snapshot-Version": components["headers"]["Snapshot-Version"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Topic"];
                };
            };
            /** @description `If-None-Match` names the current content. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    Vary: components["headers"]["Vary"];
                    Age: components["headers"]["Age"];
                    "Last-Modified": components["headers"]["Last-Modified"];
                    "Snapshot-Version": components["headers"]["Snapshot-Version"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["RecordError400"];
            404: components["responses"]["RecordError404"];
            406: components["responses"]["RecordError406"];
            409: components["responses"]["RecordError409"];
            410: components["responses"]["RecordError410"];
            412: components["responses"]["RecordError412"];
            500: components["responses"]["RecordError500"];
            503: components["responses"]["RecordError503"];
        };
    };
    topics_changes: {
        parameters: {
            query: {
                /** @description The version that the client has: a Snapshot-Version, or `version` of the last answer. */
                since: number;
                /** @description The version at which the changes end. Caches may keep such an answer: it never changes. */
                until?: number;
                /**
                 * @description Each member is a separate parameter: `title__icontains=cat`. A record must match all of them. A name that ends with `!` selects the records that do not match.
                 * @example {}
                 */
                filters?: {
                    [key: string]: string;
                };
                /** @description Words and quoted phrases. Each must occur in one of these fields: title, comment. */
                search?: string;
                /** @description The fields of each record, separated by commas. The records then lack the other fields, although the schema of whole records requires them. */
                fields?: ("id" | "title" | "comment" | "dt")[];
                /** @description A number from pg_current_xact_id(): the answer includes that transaction, or is 503. */
                transaction?: string;
            };
            header?: {
                /** @description The same as the parameter `transaction`. */
                "Transaction-Id"?: string;
                /** @description The ETags that the client has. The answer is 304 if one of them is current. */
                "If-None-Match"?: string;
                /** @description `no-cache`: the service revalidates its memory before it answers. */
                "Cache-Control"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The changes of the topics since a version, or of those that match a query */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    Vary: components["headers"]["Vary"];
                    Age: components["headers"]["Age"];
                    "Last-Modified": components["headers"]["Last-Modified"];
                    "Snapshot-Version": components["headers"]["Snapshot-Version"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    "Total-Count": components["headers"]["Total-Count"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopicChanges"];
                };
            };
            /** @description `If-None-Match` names the current content. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    Vary: components["headers"]["Vary"];
                    Age: components["headers"]["Age"];
                    "Last-Modified": components["headers"]["Last-Modified"];
                    "Snapshot-Version": components["headers"]["Snapshot-Version"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    "Total-Count": components["headers"]["Total-Count-If-Known"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ChangesError400"];
            404: components["responses"]["ChangesError404"];
            406: components["responses"]["ChangesError406"];
            409: components["responses"]["ChangesError409"];
            410: components["responses"]["ChangesError410"];
            412: components["responses"]["ChangesError412"];
            500: components["responses"]["ChangesError500"];
            503: components["responses"]["ChangesError503"];
        };
    };
    refresh_retrieve: {
        parameters: {
            query?: {
                /** @description The table whose list the answer contains. */
                table?: "topics";
            };
            header?: {
                /** @description `return=minimal`: the answer is 204, without the list. */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The list, read after the request arrived; or the outcome, if no read was due. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopicList"] | {
                        /** @constant */
                        outcome: "idle";
                    } | {
                        /** @constant */
                        outcome: "ignored";
                        reason: string;
                    };
                };
            };
            /** @description The refresh is recorded, and will run without another request. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "refresh_recorded";
                        message: string;
                    };
                };
            };
            /** @description The refresh is done; the list was not requested, or does not fit into one answer. */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Snapshot-Version": components["headers"]["Snapshot-Version"];
                    "Total-Count": components["headers"]["Total-Count"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["RefreshError400"];
            401: components["responses"]["RefreshError401"];
            404: components["responses"]["RefreshError404"];
            406: components["responses"]["RefreshError406"];
            409: components["responses"]["RefreshError409"];
            410: components["responses"]["RefreshError410"];
            412: components["responses"]["RefreshError412"];
            413: components["responses"]["RefreshError413"];
            415: components["responses"]["RefreshError415"];
            500: components["responses"]["RefreshError500"];
            503: components["responses"]["RefreshError503"];
        };
    };
    refresh_create: {
        parameters: {
            query?: {
                /** @description The table whose list the answer contains. */
                table?: "topics";
            };
            header?: {
                /** @description `return=minimal`: the answer is 204, without the list. */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "source": "offload",
                 *       "schema": "public",
                 *       "table": "bbs_topic",
                 *       "operation": "UPDATE",
                 *       "transactionId": "700"
                 *     }
                 */
                "application/json": {
                    /** @constant */
                    source?: "offload";
                    schema?: string;
                    table?: string;
                    /** @enum {string} */
                    operation?: "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE";
                    /** @description `pg_current_xact_id()::text` of the writing transaction. */
                    transactionId?: string;
                };
            };
        };
        responses: {
            /** @description The list, read after the request arrived; or the outcome, if no read was due. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopicList"] | {
                        /** @constant */
                        outcome: "idle";
                    } | {
                        /** @constant */
                        outcome: "ignored";
                        reason: string;
                    };
                };
            };
            /** @description The refresh is recorded, and will run without another request. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "refresh_recorded";
                        message: string;
                    };
                };
            };
            /** @description The refresh is done; the list was not requested, or does not fit into one answer. */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Snapshot-Version": components["headers"]["Snapshot-Version"];
                    "Total-Count": components["headers"]["Total-Count"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["RefreshError400"];
            401: components["responses"]["RefreshError401"];
            404: components["responses"]["RefreshError404"];
            406: components["responses"]["RefreshError406"];
            409: components["responses"]["RefreshError409"];
            410: components["responses"]["RefreshError410"];
            412: components["responses"]["RefreshError412"];
            413: components["responses"]["RefreshError413"];
            415: components["responses"]["RefreshError415"];
            500: components["responses"]["RefreshError500"];
            503: components["responses"]["RefreshError503"];
        };
    };
}
