#include <platform/http/router.hpp>

#include <stdexcept>

namespace busflow::http {
namespace {

/// Fills `parameters` when the path fits the pattern.
bool matches(std::string_view pattern, std::string_view path,
             std::map<std::string, std::string, std::less<>>& parameters) {
  std::map<std::string, std::string, std::less<>> found;
  while (!pattern.empty() && !path.empty()) {
    const auto pattern_end = pattern.find('/', 1);
    const auto path_end = path.find('/', 1);
    const auto expected = pattern.substr(0, pattern_end);
    if (expected.ends_with("*}")) {
      found.emplace(expected.substr(2, expected.size() - 4), path.substr(1));
      parameters = std::move(found);
      return true;
    }
    const auto actual = path.substr(0, path_end);
    if (expected.size() > 3 && expected[1] == '{') {
      if (actual.size() < 2) return false;
      found.emplace(expected.substr(2, expected.size() - 3), actual.substr(1));
    } else if (expected != actual) {
      return false;
    }
    pattern = pattern_end == std::string_view::npos ? std::string_view{} : pattern.substr(pattern_end);
    path = path_end == std::string_view::npos ? std::string_view{} : path.substr(path_end);
  }
  if (!pattern.empty() || !path.empty()) return false;
  parameters = std::move(found);
  return true;
}

bool serves(std::string_view route_method, std::string_view method) {
  return route_method == method || (method == "HEAD" && route_method == "GET");
}

}  // namespace

void Router::add(std::string method, std::string pattern, Handler handler) {
  insert({std::move(method), std::move(pattern), std::move(handler)});
}

void Router::add_transfer(std::string method, std::string pattern, TransferHandler handler) {
  insert({std::move(method), std::move(pattern), std::move(handler)});
}

void Router::add_stream(std::string method, std::string pattern, StreamHandler handler) {
  insert({std::move(method), std::move(pattern), std::move(handler)});
}

void Router::add_websocket(std::string path, WebSocketRoute route) {
  if (!websockets_.emplace(path, std::move(route)).second) throw std::logic_error("two WebSocket routes for " + path);
}

void Router::add_fallback(Handler handler) { fallback_ = std::make_unique<Route>(Route{"*", "*", std::move(handler)}); }

void Router::insert(Route route) {
  routes_.push_back(std::make_unique<Route>(std::move(route)));
  const Route& added = *routes_.back();
  if (added.pattern.contains('{')) return;
  if (!exact_[added.pattern].emplace(added.method, &added).second)
    throw std::logic_error("two routes for " + added.method + " " + added.pattern);
}

Result<const Route*> Router::find(Request& request) const {
  std::string allowed;
  const auto allow = [&allowed](std::string_view method) {
    allowed += (allowed.empty() ? "" : ", ") + std::string(method);
  };
  if (const auto path = exact_.find(request.path); path != exact_.end()) {
    for (const auto& [method, route] : path->second) {
      if (serves(method, request.method)) return route;
      allow(method);
    }
  }
  for (const auto& route : routes_) {
    if (!route->pattern.contains('{') || !matches(route->pattern, request.path, request.path_parameters)) continue;
    if (serves(route->method, request.method)) return route.get();
    allow(route->method);
  }
  if (fallback_) return fallback_.get();
  if (!allowed.empty()) return fail(ErrorName::kMethodNotAllowed, allowed);
  return fail(ErrorName::kNotFound, "there is nothing at " + request.path);
}

const WebSocketRoute* Router::find_websocket(std::string_view path) const {
  const auto found = websockets_.find(path);
  return found == websockets_.end() ? nullptr : &found->second;
}

}  // namespace busflow::http
