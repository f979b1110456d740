/* rtsp-server PORT PIPELINE [USER PASSWORD]: GStreamer's RTSP server with one live mount, /cam, over UDP and TCP. Each client has a pipeline of its
 * own: a shared one leaves out packets of those who play when another joins. Declared by hand, so that the library is enough and its headers need
 * not be there. */
#include <stdio.h>
typedef void *P;
extern void gst_init(int *, char ***);
extern P gst_rtsp_server_new(void), gst_rtsp_media_factory_new(void), gst_rtsp_server_get_mount_points(P);
extern void gst_rtsp_server_set_service(P, const char *), gst_rtsp_server_set_address(P, const char *), gst_rtsp_server_set_auth(P, P);
extern void gst_rtsp_media_factory_set_launch(P, const char *);
extern void gst_rtsp_media_factory_add_role(P, const char *, const char *, ...);
extern void gst_rtsp_mount_points_add_factory(P, const char *, P);
extern unsigned gst_rtsp_server_attach(P, P);
extern P gst_rtsp_auth_new(void), gst_rtsp_token_new(const char *, ...);
extern void gst_rtsp_auth_set_supported_methods(P, int), gst_rtsp_auth_add_digest(P, const char *, const char *, P);
extern P g_main_loop_new(P, int);
extern void g_main_loop_run(P);

enum { DIGEST = 2, BOOLEAN = 5 << 2, STRING = 16 << 2 };  /* GST_RTSP_AUTH_DIGEST, G_TYPE_BOOLEAN, G_TYPE_STRING */

static void protect(P server, P factory, const char *user, const char *password) {
  P auth = gst_rtsp_auth_new(), token = gst_rtsp_token_new("media.factory.role", (unsigned long)STRING, "user", NULL);
  gst_rtsp_auth_set_supported_methods(auth, DIGEST);
  gst_rtsp_auth_add_digest(auth, user, password, token);
  gst_rtsp_server_set_auth(server, auth);
  gst_rtsp_media_factory_add_role(factory, "user", "media.factory.access", (unsigned long)BOOLEAN, 1,
                                  "media.factory.construct", (unsigned long)BOOLEAN, 1, NULL);
}

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  P server = gst_rtsp_server_new(), factory = gst_rtsp_media_factory_new();
  gst_rtsp_server_set_address(server, "127.0.0.1");
  gst_rtsp_server_set_service(server, argv[1]);
  gst_rtsp_media_factory_set_launch(factory, argv[2]);
  if (argc > 4) protect(server, factory, argv[3], argv[4]);
  gst_rtsp_mount_points_add_factory(gst_rtsp_server_get_mount_points(server), "/cam", factory);
  if (!gst_rtsp_server_attach(server, NULL)) return 1;
  puts("listening");
  fflush(stdout);
  g_main_loop_run(g_main_loop_new(NULL, 0));
}
