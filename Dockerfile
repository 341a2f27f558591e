# docker build -t hotline .
# docker run -p 8443:8443 -v hotline-data:/var/lib/hotline -v /etc/hotline:/etc/hotline:ro hotline
# /etc/hotline holds certs/ and keys/, readable by user 990 (see server/packaging/hotlined.service).

FROM debian:12-slim AS build
WORKDIR /src
COPY dev CMakeLists.txt CMakePresets.json ./
COPY dev.d dev.d
RUN ./dev deps build
COPY . .
RUN ./dev build release && cmake --install build/release --prefix /usr --strip

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
        libgrpc29 libprotobuf-c1 libhiredis0.14 libssl3 libcyaml1 libjansson4 libmicrohttpd12 \
        libutf8proc2 libsystemd0 redis-server \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 990 --home-dir /var/lib/hotline --create-home hotline \
    && chmod 700 /var/lib/hotline
COPY --from=build /usr/bin/hotlined /usr/bin/hotline /usr/bin/
USER hotline
VOLUME /var/lib/hotline
EXPOSE 8443
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["hotline", "--server", "127.0.0.1:8443", "--certs", "/etc/hotline/certs", "health"]
ENTRYPOINT ["hotlined", "--listen", "[::]:8443", "--data", "/var/lib/hotline", \
            "--certs", "/etc/hotline/certs", "--keys", "/etc/hotline/keys"]
