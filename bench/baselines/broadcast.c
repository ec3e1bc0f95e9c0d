/*
 * The floor: what the system calls alone cost. A connection names a room in a line of its own; what comes after it goes
 * to all of the room, as one joined write per room and turn. It parses nothing and keeps nothing. With --others it
 * relays bytes as they come, to all but their sender.
 *
 *     cc -O2 -o broadcast broadcast.c && ./broadcast PORT [--others]
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURN = 1024, CHUNK = 1 << 16, NAME = 32, BACKLOG = 1024 };

struct bytes { char *at; size_t length, room; };
struct room { struct room *next; char name[NAME]; struct peer **members; int count, waiting; struct bytes said; };
struct peer { int fd, number; struct room *room; struct bytes rest, late; };

static struct room *rooms, *waiting[TURN];
static int epoll, waits, to_others;

static void add(struct bytes *to, const char *from, size_t length) {
  if (to->length + length > to->room) {
    to->room = (to->length + length) * 2;
    to->at = realloc(to->at, to->room);
  }
  memcpy(to->at + to->length, from, length);
  to->length += length;
}

static void drop(struct bytes *from, size_t length) {
  from->length -= length;
  memmove(from->at, from->at + length, from->length);
  if (from->length == 0) { free(from->at); memset(from, 0, sizeof *from); }
}

static void watch(struct peer *peer, int how, unsigned events) {
  struct epoll_event event = { .events = events, .data.ptr = peer };
  epoll_ctl(epoll, how, peer->fd, &event);
}

static void tell(struct peer *peer, const char *from, size_t length) {
  ssize_t sent = peer->late.length ? 0 : write(peer->fd, from, length);
  if (sent < 0) sent = 0;
  if ((size_t)sent == length) return;
  if (!peer->late.length) watch(peer, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  add(&peer->late, from + sent, length - sent);
}

static void tell_late(struct peer *peer) {
  ssize_t sent = write(peer->fd, peer->late.at, peer->late.length);
  if (sent > 0) drop(&peer->late, sent);
  if (!peer->late.length) watch(peer, EPOLL_CTL_MOD, EPOLLIN);
}

static void join(struct peer *peer, const char *name, size_t length) {
  struct room *room = rooms;
  while (room && (strlen(room->name) != length || memcmp(room->name, name, length))) room = room->next;
  if (!room) {
    room = calloc(1, sizeof *room);
    memcpy(room->name, name, length < NAME ? length : NAME - 1);
    room->next = rooms;
    rooms = room;
  }
  room->members = realloc(room->members, (room->count + 1) * sizeof *room->members);
  peer->number = room->count;
  room->members[room->count++] = peer;
  peer->room = room;
  tell(peer, "+\n", 2);
}

static void leave(struct peer *peer) {
  struct room *room = peer->room;
  if (room) {
    room->members[peer->number] = room->members[--room->count];
    room->members[peer->number]->number = peer->number;
  }
  close(peer->fd);
  free(peer->rest.at);
  free(peer->late.at);
  free(peer);
}

/* Whole lines only, or those of two senders could get into each other. */
static void say(struct peer *peer, const char *from, size_t length) {
  struct room *room = peer->room;
  const char *last = memrchr(from, '\n', length);
  size_t whole = last ? last + 1 - from : 0;
  if (whole) {
    if (peer->rest.length) add(&room->said, peer->rest.at, peer->rest.length), drop(&peer->rest, peer->rest.length);
    add(&room->said, from, whole);
    if (!room->waiting) waiting[waits++] = room, room->waiting = 1;
  }
  if (whole < length) add(&peer->rest, from + whole, length - whole);
}

static void tell_all(void) {
  for (int i = 0; i < waits; i++) {
    struct room *room = waiting[i];
    for (int j = 0; j < room->count; j++) tell(room->members[j], room->said.at, room->said.length);
    room->said.length = room->waiting = 0;
  }
  waits = 0;
}

static void hear(struct peer *peer) {
  static char chunk[CHUNK];
  ssize_t length = read(peer->fd, chunk, sizeof chunk);
  if (length <= 0) {
    if (length == 0 || errno != EAGAIN) leave(peer);
    return;
  }
  if (!peer->room) {
    char *end = memchr(chunk, '\n', length);
    if (end) join(peer, chunk, end - chunk);
  } else if (to_others) {
    for (int j = 0; j < peer->room->count; j++)
      if (peer->room->members[j] != peer) tell(peer->room->members[j], chunk, length);
  } else say(peer, chunk, length);
}

static void welcome(int listener) {
  int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  if (fd < 0) return;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct peer *peer = calloc(1, sizeof *peer);
  peer->fd = fd;
  watch(peer, EPOLL_CTL_ADD, EPOLLIN);
}

int main(int count, char **args) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(count > 1 ? atoi(args[1]) : 0) };
  struct rlimit files;
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  to_others = count > 2 && !strcmp(args[2], "--others");
  signal(SIGPIPE, SIG_IGN);
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, BACKLOG)) return perror("listen"), 1;
  epoll = epoll_create1(0);
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = NULL });
  for (;;) {
    struct epoll_event events[TURN];
    int happened = epoll_wait(epoll, events, TURN, -1);
    for (int i = 0; i < happened; i++) {
      struct peer *peer = events[i].data.ptr;
      if (!peer) welcome(listener);
      else if (events[i].events & EPOLLOUT) tell_late(peer);
      else hear(peer);
    }
    tell_all();
  }
}
