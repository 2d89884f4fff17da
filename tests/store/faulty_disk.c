/* A disk that refuses: preloaded before the C library, it lets the n-th call that writes below a folder
 * fail, and every one after it, until it is told otherwise. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long left = -1;
static int reason = 0;
static long calls = 0;
static char below[4096];

void faulty_disk(long after, int error, const char *folder) {
    left = after;
    reason = error;
    calls = 0;
    strncpy(below, folder, sizeof below - 1);
}

long faulty_disk_calls(void) { return calls; }

static int refused(int fd) {
    char link[64], path[4096];
    if (left < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (strncmp(path, below, strlen(below)) != 0) return 0;
    calls++;
    if (calls <= left) return 0;
    errno = reason;
    return 1;
}

#define REAL(name, type) typedef __typeof__(type) call; static call real; if (!real) real = (__typeof__(real))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *data, size_t size) {
    REAL("write", ssize_t (*)(int, const void *, size_t));
    return refused(fd) ? -1 : real(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL("pwrite", ssize_t (*)(int, const void *, size_t, off_t));
    return refused(fd) ? -1 : real(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL("pwrite64", ssize_t (*)(int, const void *, size_t, off64_t));
    return refused(fd) ? -1 : real(fd, data, size, at);
}

int fsync(int fd) {
    REAL("fsync", int (*)(int));
    return refused(fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
    REAL("fdatasync", int (*)(int));
    return refused(fd) ? -1 : real(fd);
}

int ftruncate(int fd, off_t size) {
    REAL("ftruncate", int (*)(int, off_t));
    return refused(fd) ? -1 : real(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    REAL("ftruncate64", int (*)(int, off64_t));
    return refused(fd) ? -1 : real(fd, size);
}
