/*
 * bare.h - the ceilings: the same gRPC methods on the same rpc layer and the same Redis link, but
 * without the road. GetOrder is one GET; TakeOrder is one commit.lua with the arguments and sizes
 * of a real TakeOrder; both answer with a rendered order of the road's size; ListAvailableCommands is
 * answered at once (echo). No caller is looked up,
 * nothing is validated, decided or shown.
 */
#ifndef HOTLINE_BENCH_BARE_H
#define HOTLINE_BENCH_BARE_H

/* Runs the bare server in this process until SIGTERM: the benchmark starts itself with
 * --bare ADDRESS CERTIFICATES DATA [everysec]. Returns the exit code. */
int bare_main(int argc, char **argv);

#endif
