# One image for every role: docker run … server | worker | scheduler | up
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/flowsmith
ENV PATH=/opt/flowsmith/bin:$PATH
WORKDIR /src
COPY requirements/ requirements/
RUN pip install --require-hashes -r requirements/run.txt
COPY . .
RUN pip install '.[postgres]'

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home --home-dir /data flowsmith
COPY --from=build /opt/flowsmith /opt/flowsmith
ENV PATH=/opt/flowsmith/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FLOWSMITH_HOME=/data/flowsmith \
    FLOWSMITH_LOG_FORMAT=json
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["flowsmith"]
CMD ["server", "--host", "0.0.0.0"]
