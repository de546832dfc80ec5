/*
 * Preloaded into a run: makes one call on an output's file fail, or raises a signal before it. Unlike strace, this
 * selects calls by the file, in all threads.
 *
 * FAULT_FILE   only calls on files whose path contains this text count
 * FAULT_CALL   create, write, fsync or close
 * FAULT_PLACE  which of these calls fails, counted from 1 over all threads; 0: none
 * FAULT_ERROR  the number of the error; negative: the number of a signal that is raised before the call
 * FAULT_LOG    a file that receives a line for each counted call
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int counted;

static int setting(const char *name)
{
    const char *value = getenv(name);
    return value ? atoi(value) : 0;
}

static void log_call(const char *call, const char *path)
{
    int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    ssize_t (*real_write)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    int (*real_close)(int) = dlsym(RTLD_NEXT, "close");
    const char *name = getenv("FAULT_LOG");
    char line[4300];
    if (!name)
        return;
    int log = real_open(name, O_WRONLY | O_APPEND | O_CREAT, 0600);
    int length = snprintf(line, sizeof line, "%s %s\n", call, path);
    if (log >= 0) {
        if (real_write(log, line, length) != length)
            abort();
        real_close(log);
    }
}

/* Whether this call on a path is the one that fails. */
static int fails(const char *call, const char *path)
{
    const char *file = getenv("FAULT_FILE"), *which = getenv("FAULT_CALL");
    int error = setting("FAULT_ERROR"), saved = errno;
    if (!file || !which || strcmp(call, which) || !strstr(path, file))
        return 0;
    log_call(call, path);
    errno = saved;
    if (atomic_fetch_add(&counted, 1) + 1 != setting("FAULT_PLACE"))
        return 0;
    if (error < 0) {
        kill(getpid(), -error);
        return 0;
    }
    errno = error;
    return 1;
}

static int fails_on(const char *call, int fd)
{
    char link[64], path[4097];
    const char *which = getenv("FAULT_CALL");
    int saved = errno;
    if (!which || strcmp(call, which))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (length < 0)
        return 0;
    path[length] = 0;
    return fails(call, path);
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define OPEN(name, PARAMETERS, path, ...)                                                                              \
    int name PARAMETERS                                                                                                \
    {                                                                                                                  \
        REAL(name);                                                                                                    \
        mode_t mode = 0;                                                                                               \
        if (flags & O_CREAT) {                                                                                         \
            va_list rest;                                                                                              \
            va_start(rest, flags);                                                                                     \
            mode = va_arg(rest, mode_t);                                                                               \
            va_end(rest);                                                                                              \
            if (fails("create", path))                                                                                 \
                return -1;                                                                                             \
        }                                                                                                              \
        return real(__VA_ARGS__, flags, mode);                                                                         \
    }

OPEN(open, (const char *path, int flags, ...), path, path)
OPEN(open64, (const char *path, int flags, ...), path, path)
OPEN(openat, (int folder, const char *path, int flags, ...), path, folder, path)
OPEN(openat64, (int folder, const char *path, int flags, ...), path, folder, path)

#define ON_FILE(result, name, call, PARAMETERS, ...)                                                                   \
    result name PARAMETERS                                                                                             \
    {                                                                                                                  \
        REAL(name);                                                                                                    \
        return fails_on(call, fd) ? -1 : real(__VA_ARGS__);                                                            \
    }

ON_FILE(ssize_t, write, "write", (int fd, const void *data, size_t size), fd, data, size)
ON_FILE(ssize_t, writev, "write", (int fd, const struct iovec *parts, int count), fd, parts, count)
ON_FILE(ssize_t, pwrite, "write", (int fd, const void *data, size_t size, off_t place), fd, data, size, place)
ON_FILE(ssize_t, pwrite64, "write", (int fd, const void *data, size_t size, off64_t place), fd, data, size, place)
ON_FILE(int, fsync, "fsync", (int fd), fd)
ON_FILE(int, fdatasync, "fsync", (int fd), fd)

int close(int fd)
{
    REAL(close);
    int failed = fails_on("close", fd), error = errno;
    int result = real(fd); /* A failed close closes the file too. */
    if (failed)
        errno = error;
    return failed ? -1 : result;
}
