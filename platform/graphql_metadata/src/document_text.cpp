#include "document_text.hpp"

namespace busflow::graphql_metadata {

std::string DocumentText::write(const graphql::metadata::Metadata& metadata) {
  graphql::metadata::Metadata rest = metadata;
  for (auto& source : rest.sources) source.tables.clear();
  json::Object document = to_json(rest);
  document.erase("sources");
  std::string text = json::serialize(document);
  text.pop_back();
  text += ",\"sources\":[";
  std::map<const graphql::metadata::Table*, Entry> kept;
  for (std::size_t i = 0; i < rest.sources.size(); ++i) {
    json::Object source = to_json(rest.sources[i]);
    source.erase("tables");
    std::string source_text = json::serialize(source);
    source_text.pop_back();
    text += (i > 0 ? "," : "") + source_text + ",\"tables\":[";
    bool is_first = true;
    for (const auto& table : metadata.sources[i].tables) {
      auto known = tables_.extract(table.get());
      Entry entry = known.empty() ? Entry{table, json::serialize(to_json(*table))} : std::move(known.mapped());
      if (!is_first) text += ',';
      is_first = false;
      text += entry.text;
      kept.emplace(table.get(), std::move(entry));
    }
    text += "]}";
  }
  tables_ = std::move(kept);
  return text + "]}";
}

}  // namespace busflow::graphql_metadata
