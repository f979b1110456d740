/* Receivers for a measurement: N loopback ports, drained in passes of half a millisecond so that the sender never pays for
 * waking anybody. Counts what arrives and what the sockets dropped.
 *
 *   sink PORT COUNT CORE MODE     MODE: d drain, i idle (never reads), s drain and stamp (kernel timestamps), g drain with UDP_GRO,
 *                                 l drain and keep how late each packet is (kernel timestamp - the time that source.c wrote into it)
 *
 * Ports are PORT, PORT + 2, ...: the odd ones are for RTCP. Commands on stdin, one a line:
 *   get      ->  packets bytes drops busy_ns
 *   windows  ->  packets of each millisecond since the first one, on one line (mode s)
 *   errors   ->  p50 p99 p99.9 of a packet's lateness over the least of its port, ns, and how many packets (mode l)
 *   reset    ->  ok
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif
enum { BATCH = 64, HEAD = 64, CONTROL = 64, WINDOWS = 240000, MEDIA_MIN = 200, LATE_MAX = 4000000, RTP_HEADER = 12, BUFFER_BYTES = 4 << 20 };

static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];
static uint8_t heads[BATCH][HEAD], controls[BATCH][CONTROL];
static uint32_t windows[WINDOWS];
static int64_t first_ns;
static uint64_t packets, bytes, drops_before;
static struct { int port; int64_t ns; } late[LATE_MAX];
static int late_count;
static int64_t wall_minus_monotonic_ns;
static int count, *sockets;
static char mode;

static int64_t now_ns(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static uint64_t drops(void) {
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) {
        uint32_t info[SK_MEMINFO_VARS];
        socklen_t length = sizeof info;
        if (getsockopt(sockets[i], SOL_SOCKET, SO_MEMINFO, info, &length) == 0) sum += info[SK_MEMINFO_DROPS];
    }
    return sum;
}

static void stamp(int64_t ns, uint32_t n) {
    if (first_ns == 0) first_ns = ns;
    int64_t window = (ns - first_ns) / 1000000;
    if (window >= 0 && window < WINDOWS) windows[window] += n;
}

static void keep_lateness(int port, const uint8_t *head, int64_t wall_ns) {
    int64_t due_ns;
    if (late_count == LATE_MAX || wall_ns == 0) return;
    memcpy(&due_ns, head + RTP_HEADER + 8, sizeof due_ns);
    late[late_count].port = port;
    late[late_count++].ns = wall_ns - wall_minus_monotonic_ns - due_ns;
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print_errors(void) {
    int64_t *least = malloc(count * sizeof *least), *errors = malloc((late_count + 1) * sizeof *errors);
    for (int i = 0; i < count; i++) least[i] = INT64_MAX;
    for (int i = 0; i < late_count; i++)
        if (late[i].ns < least[late[i].port]) least[late[i].port] = late[i].ns;
    for (int i = 0; i < late_count; i++) errors[i] = late[i].ns - least[late[i].port];
    errors[late_count] = 0;
    qsort(errors, late_count, sizeof *errors, by_size);
    printf("%ld %ld %ld %d\n", errors[late_count / 2], errors[(int)(late_count * 0.99)], errors[(int)(late_count * 0.999)], late_count);
    free(least);
    free(errors);
}

static void take(int port, int message, struct msghdr *header, uint32_t length) {
    uint32_t segment = length;
    int64_t ns = 0;
    if (length < MEDIA_MIN) return;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) segment = *(int *)CMSG_DATA(c);
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec *t = (struct timespec *)CMSG_DATA(c);
            ns = t->tv_sec * 1000000000LL + t->tv_nsec;
        }
    }
    uint32_t n = (length + segment - 1) / segment;
    packets += n;
    bytes += length;
    if (mode == 's') stamp(ns, n);
    if (mode == 'l') keep_lateness(port, heads[message], ns);
}

static void drain(int port) {
    for (;;) {
        for (int i = 0; i < BATCH; i++) messages[i].msg_hdr.msg_controllen = CONTROL;
        int n = recvmmsg(sockets[port], messages, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
        for (int i = 0; i < n; i++) take(port, i, &messages[i].msg_hdr, messages[i].msg_len);
        if (n < BATCH) return;
    }
}

static int open_port(int port) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1, size = mode == 'i' ? 65536 : BUFFER_BYTES;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size)) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (mode == 's' || mode == 'l') setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    if (mode == 'g') setsockopt(fd, SOL_UDP, UDP_GRO, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, sizeof at)) { perror("bind"); exit(1); }
    return fd;
}

static int command(void) {
    char line[64];
    if (!fgets(line, sizeof line, stdin)) return 0;
    if (line[0] == 'g') {
        printf("%lu %lu %lu %ld\n", packets, bytes, drops() - drops_before, now_ns(CLOCK_PROCESS_CPUTIME_ID));
    } else if (line[0] == 'e') {
        print_errors();
    } else if (line[0] == 'w') {
        int last = WINDOWS - 1;
        while (last > 0 && windows[last] == 0) last--;
        for (int i = 0; i <= last; i++) printf("%u ", windows[i]);
        printf("\n");
    } else {
        packets = bytes = first_ns = late_count = 0;
        wall_minus_monotonic_ns = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_MONOTONIC);
        drops_before = drops();
        memset(windows, 0, sizeof windows);
        printf("ok\n");
    }
    fflush(stdout);
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    int port = atoi(argv[1]), core = atoi(argv[3]), poller = epoll_create1(0);
    static struct epoll_event ready[256];
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
    count = atoi(argv[2]);
    mode = argv[4][0];
    sockets = calloc(count, sizeof *sockets);
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){heads[i], HEAD};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1, .msg_control = controls[i]};
    }
    for (int i = 0; i < count; i++) {
        sockets[i] = open_port(port + 2 * i);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = i};
        if (mode != 'i') epoll_ctl(poller, EPOLL_CTL_ADD, sockets[i], &event);
    }
    struct epoll_event commands = {.events = EPOLLIN, .data.fd = -1};
    setvbuf(stdin, NULL, _IONBF, 0);
    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &commands);
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        int n = epoll_wait(poller, ready, 256, 0);
        for (int i = 0; i < n; i++)
            if (ready[i].data.fd >= 0) drain(ready[i].data.fd);
            else if (!command()) return 0;
        struct timespec rest = {0, 500000};
        if (n < 256) nanosleep(&rest, NULL);
    }
}
