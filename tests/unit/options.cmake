# The CLI is a program, not a library: its test is built from its sources, all but main.c.
hotline_sources(cli_parts clients/cli)
list(FILTER cli_parts EXCLUDE REGEX "/main\\.c$")
target_sources(unit_test_client_cli PRIVATE ${cli_parts})
target_link_libraries(unit_test_client_cli PRIVATE PkgConfig::utf8proc)
