-- The rowid of catalog_search_tokens becomes the place in the ranking (the length of the name, then the number of the
-- entry: services/catalog/indexing.py), so that the best hits are read first and the rest not at all. The next seed
-- writes the index anew.

DELETE FROM catalog_search_entry;
DELETE FROM catalog_search_tokens;
DROP INDEX catalog_search_entry_region;
ALTER TABLE catalog_search_entry DROP COLUMN name;
