# The production image: no compiler, no development requirement, no embedded PostgreSQL, no root.
FROM python:3.13-slim-bookworm AS packages
COPY deploy/requirements.txt /
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /requirements.txt

FROM python:3.13-slim-bookworm
RUN useradd --create-home --home-dir /srv/booking booking
COPY --from=packages /opt/venv /opt/venv
COPY deploy/booking /opt/venv/bin/booking
WORKDIR /srv/booking
COPY alembic.ini ./
COPY migrations ./migrations
COPY app ./app
RUN python -m compileall -q app migrations
USER booking
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/srv/booking PYTHONUNBUFFERED=1 APP_ENV=production APP_LOG_FORMAT=json
EXPOSE 8000
# PORT and WEB_CONCURRENCY are read from the environment; `booking worker` is the other process.
CMD ["booking", "serve", "--host", "0.0.0.0"]
