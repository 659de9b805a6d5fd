# Communiqué as one image: web server, workers and clock differ only in the command.

FROM python:3.11-slim AS build
WORKDIR /srv/communique
COPY requirements/service.txt requirements/service.txt
# Wheels only: nothing is compiled, and nothing is installed whose hash is not in the lock.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --quiet \
        --only-binary :all: --require-hashes --requirement requirements/service.txt
COPY pyproject.toml README.md ./
COPY app app
COPY worker worker
COPY migrations migrations
COPY templates templates
COPY static static
COPY docker docker
# The code stays where its templates and migrations are. Byte code is made here, as nothing can be written later.
RUN /opt/venv/bin/python -m pip install --disable-pip-version-check --quiet --no-index --no-deps \
        --no-build-isolation --editable . \
    && /opt/venv/bin/python -m pip uninstall --quiet --yes pip \
    && python -m compileall -q app worker migrations \
    && chmod -R u=rwX,go=rX . \
    && chmod 755 docker/*

FROM python:3.11-slim
RUN groupadd --gid 10001 communique \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin communique \
    && install --directory --owner 10001 --group 10001 --mode 750 /var/communique
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/communique /srv/communique
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    COMMUNIQUE_HOST=0.0.0.0 \
    COMMUNIQUE_PORT=8000 \
    COMMUNIQUE_VAR_DIR=/var/communique
WORKDIR /srv/communique
USER 10001:10001
VOLUME /var/communique
EXPOSE 8000
ENTRYPOINT ["communique"]
CMD ["run", "web"]
