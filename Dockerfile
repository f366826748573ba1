# The production image: no compiler, no development requirement, no embedded PostgreSQL, no root.
# Its steps are in deploy/image; deploy/rehearse takes the same ones on a machine without Docker.
FROM python:3.13-slim-trixie AS packages
WORKDIR /build
COPY deploy/image deploy/requirements.txt deploy/
RUN deploy/image packages /opt/venv

FROM python:3.13-slim-trixie
# pg_dump of the major version that render.yaml asks for: an older one is refused by the server's dumps.
ARG POSTGRES_MAJOR=17
WORKDIR /build
COPY deploy/image deploy/booking deploy/
RUN deploy/image client ${POSTGRES_MAJOR} && useradd --create-home --home-dir /srv/booking booking
COPY --from=packages /opt/venv /opt/venv
COPY alembic.ini ./
COPY migrations ./migrations
COPY app ./app
RUN deploy/image application /srv/booking && install -m 755 deploy/booking /opt/venv/bin/booking && rm -rf /build
WORKDIR /srv/booking
USER booking
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/srv/booking PYTHONUNBUFFERED=1 APP_ENV=production APP_LOG_FORMAT=json PORT=8000
EXPOSE 8000
# Only whether the process is wedged: a restart mends no database. A worker is run with --no-healthcheck.
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/live', timeout=5)"]
# PORT and WEB_CONCURRENCY are read from the environment; `booking worker` is the other process.
CMD ["booking", "serve", "--host", "0.0.0.0"]
