# Web, worker and beat of Healthscore: one image, three commands (see docker-compose.yml and docs/operations.md).
FROM python:3.13-slim-trixie

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN groupadd --gid 10001 healthscore \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin healthscore
WORKDIR /srv/healthscore

COPY requirements-server.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
    --require-hashes -r requirements-server.lock

COPY . ./
# The addresses are no servers: they say that this is not development.
RUN DATABASE_URL=postgresql://none REDIS_URL=redis://none python manage.py collectstatic --no-input \
    && python -m compileall -q accounts dashboards healthscore metrics

USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "healthscore.wsgi", "--preload", "--worker-class", "healthscore.worker.Worker", "--threads", "4", "--no-control-socket", "--bind", "0.0.0.0:8000"]
