/* Loaded before a program (LD_PRELOAD): writes down, in order, what it puts into and syncs of a database's log, and
   when it answers. For machines without strace. One line each: put, sync or answer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void tell(const char *words) {
    int file = open(getenv("WITNESS"), O_WRONLY | O_APPEND | O_CREAT, 0600);
    syscall(SYS_write, file, words, strlen(words));
    close(file);
}

static int is_log(int fd) {
    char name[64], path[4096];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(name, path, sizeof path - 1);
    return size > 4 && memcmp(path + size - 4, "-wal", 4) == 0;
}

static void look(const void *bytes, size_t size) {
    if (size >= 12 && memcmp(bytes, "HTTP/1.1 200", 12) == 0) tell("answer\n");
}

#define NEXT(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) { int done = NEXT(fsync)(fd); if (!done && is_log(fd)) tell("sync\n"); return done; }
int fdatasync(int fd) { int done = NEXT(fdatasync)(fd); if (!done && is_log(fd)) tell("sync\n"); return done; }
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { if (is_log(fd)) tell("put\n"); return NEXT(pwrite)(fd, b, n, at); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) { if (is_log(fd)) tell("put\n"); return NEXT(pwrite64)(fd, b, n, at); }
ssize_t write(int fd, const void *b, size_t n) { look(b, n); return NEXT(write)(fd, b, n); }
ssize_t send(int fd, const void *b, size_t n, int how) { look(b, n); return NEXT(send)(fd, b, n, how); }
ssize_t writev(int fd, const struct iovec *v, int n) { if (n > 0) look(v->iov_base, v->iov_len); return NEXT(writev)(fd, v, n); }
ssize_t sendmsg(int fd, const struct msghdr *m, int how) {
    if (m->msg_iovlen > 0) look(m->msg_iov->iov_base, m->msg_iov->iov_len);
    return NEXT(sendmsg)(fd, m, how);
}
