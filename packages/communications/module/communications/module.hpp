#pragma once

#include <platform/application/module.hpp>
#include <platform/postgres/pool.hpp>

/// Messages to people: e-mails and SMS, from templates.
namespace busflow::communications {

struct Options {
  /// Serve what was sent at /v1/mailbox, to anybody. For development and tests: the messages carry sign-in links.
  bool has_mailbox = false;
};

struct Dependencies {
  postgres::Pool& pool;  ///< Connects as busflow_service. Outlives the module.
  Options options{};
};

application::Module make_module(Dependencies dependencies);

}  // namespace busflow::communications
