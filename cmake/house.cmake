# How a folder becomes a library, how a test file becomes a ctest entry, what is installed.

# Flags and include roots of our own code. The roots make these spellings work everywhere:
# "storage/keys.h", "base/arena.h", "domain/order.h", "rpc/lane.h", "libhotline/hotline.h".
# Generated headers come from a SYSTEM folder, so their warnings are nobody's.
add_library(house INTERFACE)
target_compile_options(house INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
target_compile_definitions(house INTERFACE _GNU_SOURCE)
target_include_directories(house INTERFACE
    ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/server ${PROJECT_SOURCE_DIR}/clients)
target_include_directories(house SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/generated)

# hotline_sources(variable folder): the .c files directly in the folder.
function(hotline_sources variable folder)
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.c)
    set(${variable} ${found} PARENT_SCOPE)
endfunction()

# hotline_library(name SOURCES … PUBLIC libraries… PRIVATE libraries…)
function(hotline_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    if(arg_SOURCES)
        add_library(${name} STATIC ${arg_SOURCES})
        target_link_libraries(${name} PUBLIC ${arg_PUBLIC} PRIVATE house ${arg_PRIVATE})
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${arg_PUBLIC})
    endif()
endfunction()

# Libraries of one storey that call each other; the linker reads them as often as it must.
function(hotline_neighbours)
    foreach(one ${ARGN})
        get_target_property(type ${one} TYPE)
        if(NOT type STREQUAL "INTERFACE_LIBRARY")
            list(APPEND filled ${one})
        endif()
    endforeach()
    foreach(one ${filled})
        set(others ${filled})
        list(REMOVE_ITEM others ${one})
        target_link_libraries(${one} PUBLIC ${others})
    endforeach()
endfunction()

# libhotline for others: shared and static, self-contained (gRPC and protobuf-c stay outside).
# In the tree everybody links hotline_client instead.
function(hotline_install_client_library)
    set(parts hotline_client hotline_base hotline_api hotline_wellknown)
    foreach(part ${parts})
        get_target_property(type ${part} TYPE)
        if(NOT type STREQUAL "INTERFACE_LIBRARY")
            list(APPEND objects $<TARGET_OBJECTS:${part}>)
        endif()
    endforeach()
    foreach(kind SHARED STATIC)
        string(TOLOWER libhotline_${kind} name)
        add_library(${name} ${kind} ${objects})
        set_target_properties(${name} PROPERTIES
            OUTPUT_NAME hotline LINKER_LANGUAGE C VERSION ${PROJECT_VERSION} SOVERSION 0)
        target_link_libraries(${name} PRIVATE
            grpc_core PkgConfig::protobuf_c PkgConfig::crypto Threads::Threads)
        install(TARGETS ${name})
    endforeach()
    set(symbols ${PROJECT_SOURCE_DIR}/cmake/libhotline.map)
    target_link_options(libhotline_shared PRIVATE -Wl,--version-script=${symbols})
    set_target_properties(libhotline_shared PROPERTIES LINK_DEPENDS ${symbols})

    set(headers ${CMAKE_INSTALL_INCLUDEDIR}/libhotline)
    file(GLOB public_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/clients/libhotline/hotline*.h)
    install(FILES ${public_headers} DESTINATION ${headers})
    install(DIRECTORY ${PROJECT_BINARY_DIR}/generated/hotline ${PROJECT_BINARY_DIR}/generated/google
        DESTINATION ${headers} FILES_MATCHING PATTERN "*.pb-c.h")
    if(EXISTS ${PROJECT_SOURCE_DIR}/clients/libhotline/hotline.pc.in)
        # The prefix is found from where the file lies: cmake --install may choose another one.
        file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
        string(REGEX REPLACE "/$" "" up "${up}")
        set(CMAKE_INSTALL_PREFIX "\${pcfiledir}/${up}")
        configure_file(clients/libhotline/hotline.pc.in hotline.pc @ONLY)
        install(FILES ${PROJECT_BINARY_DIR}/hotline.pc
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
    endif()
endfunction()

# --- tests ------------------------------------------------------------------------------------

# Seconds a test of a folder may take; 120 where nothing is said. Files test_slow_*: one hour.
set(timeout_s_unit 60)
set(timeout_s_torture 300)
set(timeout_s_model 300)
set(timeout_s_sim 300)
set(timeout_s_interop 180)
set(timeout_s_crash 900)

# tests/<folder>/test_*.c (cmocka), .py, .mjs, .sh become ctest entries <folder>/test_*, label
# <folder>. A file named test_slow_* also carries the label slow. What a folder needs beyond that
# (a link option of torture, a fixture) goes into tests/<folder>/options.cmake.
function(hotline_tests root)
    file(GLOB folders CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/${root}
        ${PROJECT_SOURCE_DIR}/${root}/*)
    list(REMOVE_ITEM folders support fuzz bench)
    foreach(folder ${folders})
        set(place ${PROJECT_SOURCE_DIR}/${root}/${folder})
        file(GLOB files CONFIGURE_DEPENDS ${place}/test_*.c ${place}/test_*.py
            ${place}/test_*.mjs ${place}/test_*.sh)
        foreach(file ${files})
            hotline_test(${folder} ${file})
        endforeach()
        include(${place}/options.cmake OPTIONAL)
    endforeach()
endfunction()

function(hotline_test folder file)
    cmake_path(GET file STEM name)
    cmake_path(GET file EXTENSION LAST_ONLY extension)
    if(extension STREQUAL ".c")
        add_executable(${folder}_${name} ${file})
        target_link_libraries(${folder}_${name} PRIVATE house test_support)
        set_target_properties(${folder}_${name} PROPERTIES OUTPUT_NAME ${name}
            RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/${folder})
        set(command ${folder}_${name})
    elseif(extension STREQUAL ".py")
        set(command /usr/bin/python3 ${file})
    elseif(extension STREQUAL ".mjs")
        set(command node ${file})
    else()
        set(command bash ${file})
    endif()
    add_test(NAME ${folder}/${name} COMMAND ${command} WORKING_DIRECTORY ${PROJECT_BINARY_DIR})

    set(labels ${folder})
    set(timeout_s 120)
    if(DEFINED timeout_s_${folder})
        set(timeout_s ${timeout_s_${folder}})
    endif()
    if(name MATCHES "^test_slow_")
        list(APPEND labels slow)
        set(timeout_s 3600)
    endif()
    set(supp ${PROJECT_SOURCE_DIR}/cmake/tsan.supp)
    set_tests_properties(${folder}/${name} PROPERTIES LABELS "${labels}" TIMEOUT ${timeout_s})
    set_property(TEST ${folder}/${name} PROPERTY ENVIRONMENT
        HOTLINE_SOURCE=${PROJECT_SOURCE_DIR}
        HOTLINE_BUILD=${PROJECT_BINARY_DIR}
        HOTLINE_NPM=${PROJECT_SOURCE_DIR}/build/npm
        PYTHONPATH=${PROJECT_BINARY_DIR}/python
        PYTHONDONTWRITEBYTECODE=1
        LC_ALL=C.UTF-8
        ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:detect_stack_use_after_return=1
        UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
        "TSAN_OPTIONS=halt_on_error=1:ignore_noninstrumented_modules=1:suppressions=${supp}")
    if(folder STREQUAL "crash")
        set_tests_properties(${folder}/${name} PROPERTIES RUN_SERIAL ON)
    endif()
endfunction()

# tests/fuzz/fuzz_*.c: libFuzzer executables; ./dev test slow runs each for a while.
function(hotline_fuzz_targets root)
    file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${root}/fuzz_*.c)
    foreach(file ${files})
        cmake_path(GET file STEM name)
        add_executable(${name} ${file})
        target_link_libraries(${name} PRIVATE house test_support)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        set_target_properties(${name} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
    endforeach()
endfunction()
