#pragma once

#include <string>
#include <vector>

#include <platform/graphql_metadata/problem.hpp>

namespace busflow::graphql_api {

/// Whether these words may be given to pg_dump (its options up to version 18) by somebody who is to get one dump, as
/// text, of the database that we connect it to. They are read as getopt_long() reads them: "-Ox", "-npublic", "-n",
/// "public", "--schema=public"; names in full only, because what an abbreviation means depends on pg_dump's version.
/// `bad-request` at "$.opts[i]" for what writes or reads files, connects elsewhere, makes no text, is no option, or is
/// not known.
graphql_metadata::Outcome<void> check_dump_options(const std::vector<std::string>& words);

}  // namespace busflow::graphql_api
