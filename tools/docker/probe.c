/* A service without a shell, without libraries and without files: it answers 200 and "ok" to whatever is asked on port
   8080, and ends on SIGTERM. Everything that an image may lack, this one lacks. */
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

static void end(int signal) { (void)signal, _exit(0); }

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080), .sin_addr.s_addr = INADDR_ANY};
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  char request[4096];
  /* As the first process of a container, it would ignore what it does not handle. */
  signal(SIGTERM, end);
  signal(SIGPIPE, SIG_IGN);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0) return 1;
  write(1, "probe: listening\n", 17);
  for (;;) {
    int asked = accept(listener, 0, 0);
    if (asked < 0) continue;
    if (read(asked, request, sizeof request) > 0) write(asked, answer, sizeof answer - 1);
    close(asked);
  }
}
