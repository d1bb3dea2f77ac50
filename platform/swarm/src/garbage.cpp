#include <platform/swarm/garbage.hpp>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <platform/swarm/deployments.hpp>
#include <platform/swarm/preview.hpp>
#include <platform/swarm/secrets.hpp>

namespace busflow::swarm {
namespace {

using Ids = std::set<std::string>;

std::string cutoff(WallTime now, const GarbageOptions& options) { return to_rfc3339(now - options.older_than); }

/// Texts of RFC 3339 in UTC compare as times do, up to the second.
bool is_older(const std::string& time, const std::string& limit) { return time.substr(0, 19) < limit.substr(0, 19); }

bool is_kept(const json::Value& thing, std::string_view labels) {
  const auto* found = value_at(thing, labels);
  return found != nullptr && found->is_object() && found->get_object().contains(kKeepLabel);
}

std::vector<std::string> tags_of(const json::Value& image) {
  std::vector<std::string> tags;
  for (const auto* field : {"RepoTags", "RepoDigests"}) {
    const auto* list = value_at(image, field);
    if (list == nullptr || !list->is_array()) continue;
    for (const auto& tag : list->get_array()) tags.emplace_back(tag.as_string());
  }
  return tags;
}

std::string repository_of(const std::string& tag) {
  const std::string without_digest = tag.substr(0, tag.find('@'));
  const auto colon = without_digest.rfind(':');
  const bool is_port = colon != std::string::npos && without_digest.find('/', colon) != std::string::npos;
  return colon == std::string::npos || is_port ? without_digest : without_digest.substr(0, colon);
}

/// What the Swarm may start again: its services, and the stacks that deployments are kept of.
struct SwarmContent {
  json::Array services;
  std::vector<json::Object> deployments;
};

Result<SwarmContent> read_swarm(const Context& context, const Engine& engine) {
  SwarmContent content;
  BUSFLOW_TRY(content.services, engine.labelled(context, "service", "com.docker.stack.namespace"));
  BUSFLOW_TRY(const auto configs, engine.labelled(context, "config", "busflow.deployment.stack"));
  for (const auto& config : configs) {
    // One that cannot be read cannot be gone back to either.
    if (auto document = deployment_of(config)) content.deployments.push_back(std::move(*document));
  }
  return content;
}

/// Images of which the present services and the kept deployments speak.
Ids needed_images(const SwarmContent& swarm) {
  Ids needed;
  for (const auto& service : swarm.services) {
    needed.insert(text_at(service, "Spec/TaskTemplate/ContainerSpec/Image"));
    needed.insert(text_at(service, "PreviousSpec/TaskTemplate/ContainerSpec/Image"));
  }
  for (const auto& document : swarm.deployments) {
    for (const auto& [name, service] : document.at("services").as_object()) needed.insert(text_at(service, "image"));
  }
  return needed;
}

/// What services hold now or held before their last change.
Ids held(const json::Array& services, std::string_view kind) {
  Ids ids;
  for (const auto& service : services) {
    for (const auto* spec : {"Spec", "PreviousSpec"}) {
      const auto* list = value_at(service, fmt::format("{}/TaskTemplate/ContainerSpec/{}s", spec, kind));
      if (list == nullptr || !list->is_array()) continue;
      for (const auto& one : list->get_array()) ids.insert(text_at(one, fmt::format("{}ID", kind)));
    }
  }
  return ids;
}

Result<void> add_old_versions(const Context& context, const Engine& engine, const SwarmContent& swarm,
                              std::vector<Garbage>& garbage, const std::string& limit) {
  BUSFLOW_TRY(const auto secrets, engine.labelled(context, "secret", "busflow.secret"));
  const auto held_secrets = held(swarm.services, "Secret");
  std::map<std::string, std::string> newest;  // Of each stack and name.
  const auto key = [](const json::Value& secret) {
    return text_at(secret, "Spec/Labels/busflow.stack") + "/" + text_at(secret, "Spec/Labels/busflow.secret");
  };
  for (const auto& secret : secrets) newest[key(secret)] = std::max(newest[key(secret)], text_at(secret, "CreatedAt"));
  for (const auto& secret : secrets) {
    const auto created = text_at(secret, "CreatedAt");
    if (created != newest[key(secret)] && is_older(created, limit) && !held_secrets.contains(text_at(secret, "ID")) &&
        !is_kept(secret, "Spec/Labels"))
      garbage.push_back({.kind = "secret", .id = text_at(secret, "ID"), .name = text_at(secret, "Spec/Name")});
  }
  // Kept deployments name their configs, which must be there to go back.
  std::string documents;
  BUSFLOW_TRY(const auto configs, engine.labelled(context, "config", "com.docker.stack.namespace"));
  for (const auto& document : swarm.deployments) documents += json::serialize(document);
  const auto held_configs = held(swarm.services, "Config");
  for (const auto& config : configs) {
    const auto name = text_at(config, "Spec/Name");
    if (is_older(text_at(config, "CreatedAt"), limit) && !held_configs.contains(text_at(config, "ID")) &&
        !is_kept(config, "Spec/Labels") && documents.find('"' + name + '"') == std::string::npos)
      garbage.push_back({.kind = "config", .id = text_at(config, "ID"), .name = name});
  }
  return {};
}

}  // namespace

std::vector<Garbage> unneeded_images(const json::Array& images, const json::Array& containers,
                                     const std::set<std::string>& needed, WallTime now, const GarbageOptions& options) {
  Ids used;
  for (const auto& container : containers) used.insert(text_at(container, "Image"));
  std::vector<const json::Value*> newest_first;
  for (const auto& image : images) newest_first.push_back(&image);
  std::ranges::sort(newest_first,
                    [](const auto* a, const auto* b) { return text_at(*a, "Created") > text_at(*b, "Created"); });
  const auto limit = cutoff(now, options);
  std::map<std::string, std::size_t> kept;  // Of each repository.
  std::vector<Garbage> garbage;
  for (const auto* image : newest_first) {
    const auto tags = tags_of(*image);
    const auto repository = tags.empty() ? "" : repository_of(tags.front());
    const bool is_recent = !repository.empty() && ++kept[repository] <= options.versions;
    const bool is_needed = std::ranges::any_of(tags, [&](const std::string& tag) {
      return std::ranges::any_of(needed, [&](const std::string& one) {
        return one == tag || one.starts_with(tag + "@") || one.ends_with(tag);
      });
    });
    if (is_recent || is_needed || used.contains(text_at(*image, "Id")) || is_kept(*image, "Config/Labels") ||
        !is_older(text_at(*image, "Created"), limit))
      continue;
    garbage.push_back({.kind = "image",
                       .id = text_at(*image, "Id"),
                       .name = tags.empty() ? "(no name)" : tags.front(),
                       .bytes = static_cast<std::uint64_t>(number_at(*image, "Size"))});
  }
  return garbage;
}

Result<std::vector<Garbage>> find_garbage(const Context& context, const Engine& engine, const GarbageOptions& options) {
  const auto now = context.clock.now();
  const auto limit = cutoff(now, options);
  BUSFLOW_TRY(const auto container_ids, engine.lines(context, {"container", "ls", "--all", "--quiet", "--no-trunc"}));
  BUSFLOW_TRY(const auto containers, engine.inspect(context, "container", container_ids));
  BUSFLOW_TRY(auto image_ids, engine.lines(context, {"image", "ls", "--quiet", "--no-trunc"}));
  std::ranges::sort(image_ids);
  image_ids.erase(std::ranges::unique(image_ids).begin(), image_ids.end());
  BUSFLOW_TRY(const auto images, engine.inspect(context, "image", image_ids));
  BUSFLOW_TRY(const auto is_manager, engine.run(context, {"info", "--format", "{{.Swarm.ControlAvailable}}"}));
  std::vector<Garbage> garbage;
  json::Array staying;  // A container that goes needs its image no more.
  for (const auto& container : containers) {
    const bool is_over = text_at(container, "State/Status") == "exited" || text_at(container, "State/Status") == "dead";
    if (is_over && is_older(text_at(container, "State/FinishedAt"), limit) && !is_kept(container, "Config/Labels"))
      garbage.push_back(
          {.kind = "container", .id = text_at(container, "Id"), .name = text_at(container, "Name").substr(1)});
    else
      staying.push_back(container);
  }
  // Volumes hold data and stay, but for those of previews that are gone.
  BUSFLOW_TRY(const auto volume_names, engine.lines(context, {"volume", "ls", "--quiet", "--filter", "dangling=true",
                                                              "--filter", fmt::format("label={}", kPreviewLabel)}));
  BUSFLOW_TRY(const auto volumes, engine.inspect(context, "volume", volume_names));
  for (const auto& volume : volumes) {
    if (is_older(text_at(volume, "CreatedAt"), limit) && !is_kept(volume, "Labels"))
      garbage.push_back({.kind = "volume", .id = text_at(volume, "Name"), .name = text_at(volume, "Name")});
  }
  Ids needed;
  if (is_manager.starts_with("true")) {
    BUSFLOW_TRY(const auto swarm, read_swarm(context, engine));
    needed = needed_images(swarm);
    BUSFLOW_CHECK(add_old_versions(context, engine, swarm, garbage, limit));
  }
  for (auto& image : unneeded_images(images, staying, needed, now, options)) garbage.push_back(std::move(image));
  return garbage;
}

Result<bool> remove_garbage(const Context& context, const Engine& engine, const Garbage& garbage) {
  // Without --force: what came into use in the meantime is refused by the engine itself.
  const auto removed = engine.run(context, {garbage.kind, "rm", garbage.id});
  if (removed) return true;
  if (removed.error().name == ErrorName::kUpstreamUnavailable) return std::unexpected(removed.error());
  return false;
}

}  // namespace busflow::swarm
