// The one place where Boost.Asio's and Beast's separately compiled parts are built (see external::asio).
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
