"""The questions to the system catalogue and to the statistics.

Names and figures only: the most common values in `pg_stats` are personal data, and are never read.
"""

from sqlalchemy import text

TABLES = text("""
SELECT c.oid::int8 AS oid, n.nspname, c.relname, c.relkind::text AS relkind, c.reltuples,
       pg_table_is_visible(c.oid) AS visible,
       coalesce(s.n_mod_since_analyze, 0) AS changed, coalesce(s.n_live_tup, 0) AS live
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY c.oid LIMIT 2000
""")

COLUMNS = text("""
SELECT a.attrelid::int8 AS oid, a.attname, t.typname, s.null_frac, s.n_distinct,
       coalesce(s.avg_width, greatest(a.attlen, 8)) AS width,
       a.attcollation <> 0 AND CASE WHEN l.collprovider = 'd'
           THEN d.datlocprovider = 'b' OR (d.datlocprovider = 'c' AND d.datcollate IN ('C', 'POSIX'))
           ELSE l.collprovider = 'b' OR l.collcollate IN ('C', 'POSIX') END AS bytewise
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid JOIN pg_database d ON d.datname = current_database()
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
                    AND s.inherited = (c.relkind = 'p')
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY (CAST(:tables AS int8[])::oid[])
ORDER BY a.attrelid, a.attnum
""")

INDEXES = text("""
SELECT i.indrelid::int8 AS oid, i.indexrelid::int8 AS index, c.relname, m.amname, i.indisunique,
       i.indisvalid AND i.indisready AS valid, i.indnkeyatts, pg_get_indexdef(i.indexrelid) AS definition,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) AS resting,
       ARRAY(SELECT coalesce(a.attname, pg_get_indexdef(i.indexrelid, g.n, false))
             FROM generate_series(1, i.indnatts) g (n)
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[g.n - 1] AND a.attnum <> 0
             ORDER BY g.n)::text[] AS parts,
       ARRAY(SELECT x.k <> 0 FROM unnest(i.indkey::int2[]) WITH ORDINALITY x (k, n) ORDER BY x.n) AS plain,
       ARRAY(SELECT x.o & 1 = 1 FROM unnest(i.indoption::int2[]) WITH ORDINALITY x (o, n) ORDER BY x.n) AS descending,
       ARRAY(SELECT o.opcname FROM unnest(i.indclass::oid[]) WITH ORDINALITY x (oid, n)
             JOIN pg_opclass o ON o.oid = x.oid ORDER BY x.n)::text[] AS opclasses,
       ARRAY(SELECT x.oid::text FROM unnest(i.indcollation::oid[]) WITH ORDINALITY x (oid, n) ORDER BY x.n)
             AS collations,
       coalesce(s.idx_scan, 0) AS scans, c.relpages::int8 * current_setting('block_size')::int8 AS bytes
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.indexrelid
LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = i.indexrelid
WHERE i.indrelid = ANY (CAST(:tables AS int8[])::oid[]) AND i.indislive AND p.pid IS NULL
ORDER BY i.indisprimary DESC, i.indexrelid
""")

FOREIGN_KEYS = text("""
SELECT k.conrelid::int8 AS oid, k.conname, k.confrelid::regclass::text AS parent, coalesce(s.n_tup_del, 0) AS deletes,
       ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY x (number, n)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.number ORDER BY x.n)::text[] AS columns
FROM pg_constraint k LEFT JOIN pg_stat_user_tables s ON s.relid = k.confrelid
WHERE k.contype = 'f' AND k.conrelid = ANY (CAST(:tables AS int8[])::oid[])
ORDER BY k.conname
""")

SEQUENCES = text("""
SELECT s.schemaname, s.sequencename, t.relname || '.' || a.attname AS owner, s.last_value,
       least(s.max_value, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 END)
FROM pg_sequences s
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
     AND d.objid = to_regclass(format('%I.%I', s.schemaname, s.sequencename))
LEFT JOIN pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE s.last_value > 0 AND s.increment_by > 0
""")

FACTS = text("""
SELECT coalesce((SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
                pg_postmaster_start_time()) AS counted_since,
       (SELECT json_object_agg(e.extname, n.nspname)
        FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace) AS extensions
""")
"""Without a reset the uses of indexes have been counted at least since the server started."""
