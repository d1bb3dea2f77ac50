#pragma once

#include <chrono>
#include <cstddef>

#include <platform/application/module.hpp>
#include <platform/crypto/password.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/token/minter.hpp>

/// Who may enter: the operators' users, their passwords and their sessions.
namespace busflow::identity {

struct Options {
  std::chrono::seconds refresh_token_lifetime{604800};
  std::size_t failed_sign_ins = 10;  ///< Of one account within five minutes, before it has to wait.
  crypto::PasswordCost password_cost = crypto::PasswordCost::kInteractive;
};

struct Dependencies {
  postgres::Pool& pool;
  const token::Minter& minter;
  Options options{};
};

/// The references must outlive the module.
application::Module make_module(Dependencies dependencies);

}  // namespace busflow::identity
