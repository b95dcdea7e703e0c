import { largestTables } from "./report";

/** Tables up to this many bytes are counted, larger ones estimated. */
export const countedBytes = 1024 ** 3;

/** Names of the databases that can be connected to. */
export const databasesQuery = "SELECT datname AS name FROM pg_database WHERE datallowconn ORDER BY 1";

/**
 * Reads every page of every table, index, sequence and materialised view of a database through the buffers, where its checksum is verified.
 * Checking programs leave indexes other than B-trees out, and `pg_checksums` wants the server stopped.
 */
export const pageStatements: readonly string[] = [
  "CREATE EXTENSION IF NOT EXISTS pg_prewarm",
  "CREATE TEMP TABLE drilled_pages (pages bigint, problem text)",
  `DO $$
DECLARE
  relation record;
  fork text;
  read text;
  pages bigint;
BEGIN
  SELECT format('SELECT %I.pg_prewarm($1, ''buffer'', $2)', nspname) INTO STRICT read
    FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE proname = 'pg_prewarm' LIMIT 1;
  FOR relation IN
    SELECT oid::regclass AS id FROM pg_class
      WHERE relkind IN ('r', 'i', 'S', 't', 'm') AND relpersistence = 'p' ORDER BY oid
  LOOP
    FOREACH fork IN ARRAY ARRAY['main', 'fsm', 'vm'] LOOP
      CONTINUE WHEN coalesce(pg_relation_size(relation.id, fork), 0) = 0;
      BEGIN
        EXECUTE read INTO pages USING relation.id, fork;
        INSERT INTO drilled_pages VALUES (pages, NULL);
      EXCEPTION WHEN OTHERS THEN
        INSERT INTO drilled_pages VALUES (0, relation.id || ' (' || fork || '): ' || SQLERRM);
      END;
    END LOOP;
  END LOOP;
END $$`,
  `SELECT json_build_object('pages', coalesce(sum(pages), 0), 'problems', coalesce(json_agg(problem) FILTER (WHERE problem IS NOT NULL), '[]'))
  FROM drilled_pages`,
];

/** Whether pages have checksums, and how many were found wrong since the server started. */
export const checksumQuery = `SELECT current_setting('data_checksums') AS setting, coalesce(sum(checksum_failures), 0)::int AS failures
  FROM pg_stat_database`;

/** Counts the rows of every table of a database that a person made; of large ones it takes the planner's estimate. */
export const rowStatements: readonly string[] = [
  "CREATE TEMP TABLE drilled_rows (name text, n bigint, exact boolean)",
  `DO $$
DECLARE
  counted record;
  n bigint;
BEGIN
  FOR counted IN
    SELECT format('%I.%I', nspname, relname) AS name, greatest(reltuples, 0)::bigint AS estimate, pg_table_size(c.oid) AS bytes
      FROM pg_class c JOIN pg_namespace s ON s.oid = relnamespace
      WHERE relkind IN ('r', 'm') AND relpersistence = 'p'
        AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
  LOOP
    IF counted.bytes > ${countedBytes} THEN
      INSERT INTO drilled_rows VALUES (counted.name, counted.estimate, false);
    ELSE
      EXECUTE 'SELECT count(*) FROM ' || counted.name INTO n;
      INSERT INTO drilled_rows VALUES (counted.name, n, true);
    END IF;
  END LOOP;
END $$`,
  `SELECT json_build_object('tables', count(*), 'rows', coalesce(sum(n), 0), 'exact', coalesce(bool_and(exact), true), 'largest',
  (SELECT coalesce(json_agg(json_build_object('table', name, 'rows', n, 'exact', exact)), '[]')
    FROM (SELECT * FROM drilled_rows ORDER BY n DESC, name LIMIT ${largestTables}) t)) FROM drilled_rows`,
];

/** Where the timeline of the restored server began, and why. */
export const timelineQuery = `SELECT timeline_id AS timeline, redo_lsn::text AS redo,
  pg_read_file('pg_wal/' || lpad(upper(to_hex(timeline_id)), 8, '0') || '.history', true) AS history FROM pg_control_checkpoint()`;
