#include <gtest/gtest.h>

#include <platform/graphql_api/dump_cleaner.hpp>

namespace busflow::graphql_api {
namespace {

std::string cleaned(std::string_view dump, std::size_t piece_size) {
  DumpCleaner cleaner;
  std::string kept;
  while (!dump.empty()) {
    kept += cleaner.take(dump.substr(0, piece_size));
    dump.remove_prefix(std::min(dump.size(), piece_size));
  }
  return kept + cleaner.finish();
}

void expect_cleaned(std::string_view dump, std::string_view expected) {
  for (const std::size_t piece_size : {1, 7, 4096}) EXPECT_EQ(cleaned(dump, piece_size), expected) << piece_size;
}

TEST(DumpCleanerTest, WhatGoes) {
  expect_cleaned(R"(--
-- PostgreSQL database dump
--

\restrict 0b1sCvZb

SET statement_timeout = 0;
SET lock_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET default_table_access_method = heap;
  	 
CREATE SCHEMA public;
COMMENT ON SCHEMA public IS 'standard public schema';
CREATE TABLE public.a (
    id integer NOT NULL
);
CREATE TRIGGER "notify_hasura_A_INSERT" AFTER INSERT ON public.a FOR EACH ROW EXECUTE FUNCTION hdb_catalog."notify_hasura_A_INSERT"();
CREATE TRIGGER notify_hasura_a_update AFTER UPDATE ON public.a FOR EACH ROW EXECUTE PROCEDURE hdb_catalog.notify_hasura_a_update();
ALTER TABLE public.a ENABLE ALWAYS TRIGGER "notify_hasura_A_INSERT";
CREATE TRIGGER notify_hasura_mine AFTER INSERT ON public.a FOR EACH ROW EXECUTE FUNCTION public.mine();
CREATE TRIGGER mine AFTER INSERT ON public.a FOR EACH ROW EXECUTE FUNCTION public.mine();
ALTER TABLE public.a ENABLE ALWAYS TRIGGER mine;
\unrestrict 0b1sCvZb

)",
                 R"(SET check_function_bodies = false;
CREATE TABLE public.a (
    id integer NOT NULL
);
CREATE TRIGGER notify_hasura_mine AFTER INSERT ON public.a FOR EACH ROW EXECUTE FUNCTION public.mine();
CREATE TRIGGER mine AFTER INSERT ON public.a FOR EACH ROW EXECUTE FUNCTION public.mine();
ALTER TABLE public.a ENABLE ALWAYS TRIGGER mine;
)");
}

TEST(DumpCleanerTest, WhatOnlyLooksSo) {
  expect_cleaned(R"(
-- Name: it's "odd" $$
CREATE FUNCTION public.f() RETURNS void LANGUAGE plpgsql AS $_$
-- 'a comment

  RETURN $$
-- inner
$$;
$_$;

CREATE FUNCTION public.g(integer) RETURNS integer LANGUAGE sql RETURN ($1 + 1);

COMMENT ON TABLE public."it's

b" IS 'first

-- ''second
SET lock_timeout = 0;
';

COPY public.a (x) FROM stdin;

-- '$$

\\.
\.


SELECT 1;
)",
                 R"(CREATE FUNCTION public.f() RETURNS void LANGUAGE plpgsql AS $_$
-- 'a comment

  RETURN $$
-- inner
$$;
$_$;
CREATE FUNCTION public.g(integer) RETURNS integer LANGUAGE sql RETURN ($1 + 1);
COMMENT ON TABLE public."it's

b" IS 'first

-- ''second
SET lock_timeout = 0;
';
COPY public.a (x) FROM stdin;

-- '$$

\\.
\.
SELECT 1;
)");
}

TEST(DumpCleanerTest, LinesOfAnyLength) {
  const std::string wide(300'000, 'x');
  const std::string dump = "INSERT INTO public.a VALUES ('" + wide + "\n\n" + wide +
                           "');\n\n-- end\nCOPY public.a (x) FROM stdin;\n" + wide + "\n\n\\.\n\n-- end";
  const std::string expected = "INSERT INTO public.a VALUES ('" + wide + "\n\n" + wide +
                               "');\nCOPY public.a (x) FROM stdin;\n" + wide + "\n\n\\.\n";
  for (const std::size_t piece_size : {1000, 65536, 1'000'000}) EXPECT_EQ(cleaned(dump, piece_size), expected);
  EXPECT_EQ(cleaned("SELECT 1;", 4), "SELECT 1;\n");
}

}  // namespace
}  // namespace busflow::graphql_api
