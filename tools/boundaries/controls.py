"""One control per rule: how to break exactly that rule in the miniature, which step must refuse it, and with what words."""
import dataclasses
from collections.abc import Callable

from miniature import Miniature

COMMERCE = "packages/commerce/CMakeLists.txt"
IDENTITY = "packages/identity/CMakeLists.txt"
STORE = "platform/store/CMakeLists.txt"
BASE = "platform/base/CMakeLists.txt"
API = "apps/api/CMakeLists.txt"
COMMERCE_SOURCE = "packages/commerce/src/commerce.cpp"


@dataclasses.dataclass(frozen=True)
class Control:
    name: str
    refused_by: str  # a step of Miniature
    saying: str
    break_it: Callable[[Miniature], None]


# Refused when CMake configures: what a module says it uses.
DECLARED = (
    Control("an argument that busflow_module() does not know", "configure", "busflow_module(commerce::module): unknown arguments: LINKS",
            lambda tree: tree.edit(COMMERCE, "busflow_module(commerce::module ", "busflow_module(commerce::module LINKS ")),
    Control("a layer that does not exist", "configure", "LAYER 'domain' is not a layer",
            lambda tree: tree.edit(COMMERCE, "LAYER package", "LAYER domain")),
    Control("a test whose name does not say what it needs", "configure", "must end in _test, _pgtest or _redistest",
            lambda tree: tree.edit(BASE, "busflow_test(base_test ", "busflow_test(base_check ")),
    Control("a fuzzer whose name does not say so", "configure", "must end in _fuzzer",
            lambda tree: tree.edit(BASE, "busflow_test(base_test ", "busflow_fuzzer(base_test ")),
    Control("a package uses another package's implementation", "configure",
            "commerce::module (layer package) may not use identity::module (layer package)",
            lambda tree: tree.edit(COMMERCE, "USES commerce::contract identity::contract", "USES commerce::contract identity::module")),
    Control("a platform library uses a package", "configure", "platform::store (layer platform) may not use identity::contract",
            lambda tree: tree.edit(STORE, "USES platform::base", "USES platform::base identity::contract")),
    Control("the base uses the platform", "configure", "platform::base (layer base) may not use platform::store",
            lambda tree: tree.edit(BASE, "EXTERNAL external::fmt", "USES platform::store EXTERNAL external::fmt")),
    Control("a contract uses the platform", "configure", "identity::contract (layer contract) may not use platform::store",
            lambda tree: tree.edit(IDENTITY, "USES platform::base)", "USES platform::base platform::store)")),
    Control("a library uses an app", "configure", "commerce::module (layer package) may not use apps::api",
            lambda tree: tree.edit(COMMERCE, "USES_PRIVATE platform::store", "USES_PRIVATE platform::store apps::api")),
    Control("a third-party library named as a module", "configure", "which is no module (third-party libraries go into EXTERNAL)",
            lambda tree: tree.edit(STORE, "USES platform::base", "USES platform::base external::libpq")),
    Control("a package uses a database client", "configure", "commerce::module (layer package) may not use external::libpq",
            lambda tree: tree.edit(COMMERCE, "USES_PRIVATE platform::store", "USES_PRIVATE platform::store EXTERNAL external::libpq")),
    Control("a contract uses a third-party library", "configure", "identity::contract (layer contract) may not use external::fmt",
            lambda tree: tree.edit(IDENTITY, "USES platform::base)", "USES platform::base EXTERNAL external::fmt)")),
    Control("an app uses a database client", "configure", "apps::api (layer app) may not use external::libpq",
            lambda tree: tree.edit(API, "external::cli11", "external::cli11 external::libpq")),
    Control("libraries that need each other", "configure", "strongly connected component",
            lambda tree: tree.edit(STORE, "USES platform::base", "USES platform::base platform::wire")
            or tree.write("platform/store/src/wire.cpp", "int wire() { return 0; }\n")
            or tree.append(STORE, "busflow_module(platform::wire LAYER platform SOURCES src/wire.cpp USES platform::store)")),
)

# Refused when CMake configures: ways round busflow_module().
CIRCUMVENTED = (
    Control("a bare target_link_libraries()", "configure", "links identity_module without declaring it in busflow_module()",
            lambda tree: tree.append(COMMERCE, "target_link_libraries(commerce_module PRIVATE identity_module)")),
    Control("a bare target_include_directories()", "configure", "packages/identity/src, which is outside its folder",
            lambda tree: tree.append(COMMERCE, "target_include_directories(commerce_module PRIVATE ${CMAKE_SOURCE_DIR}/packages/identity/src)")),
    Control("a bare add_library()", "configure", "was not made by busflow_module() or busflow_test()",
            lambda tree: tree.append(COMMERCE, "add_library(commerce_helper STATIC src/commerce.cpp)")),
)

# Refused by the compiler: what is not on the include path, and headers that lean on their users' includes.
COMPILED = (
    Control("another module's private header", "compile", "'domain/account.hpp' file not found",
            lambda tree: tree.prepend(COMMERCE_SOURCE, "#include <domain/account.hpp>")),
    Control("a private dependency of a package, seen from the app", "compile", "'platform/store/store.hpp' file not found",
            lambda tree: tree.prepend("apps/api/main.cpp", "#include <platform/store/store.hpp>")),
    Control("a public header that does not compile alone", "headers", "unique_ptr",
            lambda tree: tree.edit("packages/identity/module/identity/module.hpp", "#include <memory>", "")
            or tree.prepend("packages/identity/src/identity.cpp", "#include <memory>")),
)

# Refused by check_includes.py only: all of these configure.
INCLUDED = (
    Control("a header that arrives through somebody else's dependency", "includes",
            "apps/api/main.cpp:1: <platform/base/value.hpp> belongs to platform::base, which apps::api does not declare: add platform::base to USES",
            lambda tree: tree.prepend("apps/api/main.cpp", "#include <platform/base/value.hpp>")),
    Control("a test that includes what it does not declare", "includes",
            "test/base_test.cpp:1: <platform/store/store.hpp> belongs to platform::store, which base_test does not declare",
            lambda tree: tree.prepend("platform/base/test/base_test.cpp", "#include <platform/store/store.hpp>")),
    Control("a public header that needs a private dependency", "includes",
            "a public header needs <platform/store/store.hpp> of platform::store, which commerce::module uses privately: move platform::store to USES",
            lambda tree: tree.prepend("packages/commerce/module/commerce/module.hpp", "#include <platform/store/store.hpp>")),
    Control("another context's module/", "includes", "another context's module/ is closed; use identity::contract or react to its event",
            lambda tree: tree.prepend(COMMERCE_SOURCE, "#include <identity/module.hpp>")),
    Control("another context's src/", "includes", "private header \"domain/account.hpp\" of identity::module: another module's src is closed",
            lambda tree: tree.prepend(COMMERCE_SOURCE, '#include "domain/account.hpp"')),
    Control("a private header of a platform library", "includes", 'private header "connection.hpp" of platform::store',
            lambda tree: tree.prepend(COMMERCE_SOURCE, "#include <connection.hpp>")),
    Control("a rule that knows storage", "includes", "domain may not include storage/accounts.hpp",
            lambda tree: tree.write("packages/identity/src/storage/accounts.hpp", "#pragma once\n")
            or tree.prepend("packages/identity/src/domain/account.hpp", '#include "storage/accounts.hpp"')),
    Control("a rule that knows a platform library beyond base", "includes", "domain may not include platform/store/store.hpp",
            lambda tree: tree.prepend("packages/identity/src/domain/account.hpp", "#include <platform/store/store.hpp>")),
    Control("storage that knows a use case", "includes", "storage may not include usecases/open.hpp",
            lambda tree: tree.write("packages/identity/src/usecases/open.hpp", "#pragma once\n")
            or tree.write("packages/identity/src/storage/accounts.hpp", '#pragma once\n#include "usecases/open.hpp"\n')
            or tree.prepend("packages/identity/src/identity.cpp", '#include "storage/accounts.hpp"')),
    Control("a relative escape", "includes", 'commerce.cpp:1: relative escape "../../identity/src/domain/account.hpp"',
            lambda tree: tree.prepend(COMMERCE_SOURCE, '#include "../../identity/src/domain/account.hpp"')),
    Control("an absolute path", "includes", 'absolute path "/usr/include/string.h"',
            lambda tree: tree.prepend(COMMERCE_SOURCE, '#include "/usr/include/string.h"')),
    Control("a database client's header in a package", "includes", "<libpq-fe.h> is a client of PostgreSQL in a package",
            lambda tree: tree.prepend(COMMERCE_SOURCE, "#include <libpq-fe.h>")),
    Control("a third-party header in a contract", "includes", "third-party header <CLI/CLI.hpp> in a contract",
            lambda tree: tree.prepend("packages/commerce/contract/commerce/offer.hpp", "#include <CLI/CLI.hpp>")),
    Control("a third-party header the library does not declare", "includes",
            "<CLI/CLI.hpp> needs external::cli11, which platform::store does not declare",
            lambda tree: tree.prepend("platform/store/src/connection.hpp", "#include <CLI/CLI.hpp>")),
    Control("a system call in a package", "includes", "system header <sys/socket.h> in a package",
            lambda tree: tree.prepend(COMMERCE_SOURCE, "#include <sys/socket.h>")),
    Control("a header nobody knows", "includes", "<libmystery/mystery.h> is no header of this project, the standard or a known library",
            lambda tree: tree.prepend("platform/store/src/store.cpp", "#include <libmystery/mystery.h>")),
    Control("contexts that call each other through their contracts", "includes",
            "contexts call each other in a circle: commerce -> identity -> commerce",
            lambda tree: tree.edit(IDENTITY, "USES platform::base identity::contract", "USES platform::base identity::contract commerce::contract")),
    Control("a source file that no target compiles", "includes", "test/forgotten_test.cpp:1: no target compiles this file",
            lambda tree: tree.write("platform/base/test/forgotten_test.cpp", "int main() {}\n")),
    Control("a public header that no module lists", "includes", "commerce/price.hpp:1: this header is in no module's HEADERS",
            lambda tree: tree.write("packages/commerce/contract/commerce/price.hpp", "#pragma once\n")),
    Control("a folder without a module", "includes", "packages/billing:1: no module lives here",
            lambda tree: tree.write("packages/billing/src/billing.cpp", "int billing() { return 0; }\n")),
)

ALL = (*DECLARED, *CIRCUMVENTED, *COMPILED, *INCLUDED)
