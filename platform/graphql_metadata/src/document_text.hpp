#pragma once

#include <map>
#include <memory>
#include <string>

#include <platform/graphql/metadata.hpp>

namespace busflow::graphql_metadata {

/// Writes metadata as the JSON that is stored. Remembers the text of each table, so that a small change to much
/// metadata does not write everything anew. One thread at a time.
class DocumentText {
 public:
  std::string write(const graphql::metadata::Metadata& metadata);

 private:
  struct Entry {
    std::shared_ptr<const graphql::metadata::Table> table;  ///< Keeps the address from being used again.
    std::string text;
  };
  std::map<const graphql::metadata::Table*, Entry> tables_;
};

}  // namespace busflow::graphql_metadata
