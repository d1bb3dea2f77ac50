#pragma once

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/crypto/password.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::identity {

/// The demo operators' accounts, all with the password "busflow-demo".
Result<void> seed_demo(Context& context, postgres::Pool& pool, crypto::PasswordCost cost);

}  // namespace busflow::identity
