# syntax=docker/dockerfile:1
# Two images of one program:
#   docker build --target gpu -t vfi-worker:gpu .     NVIDIA GPUs (TensorRT, CUDA, NVDEC, NVENC); the default
#   docker build --target cpu -t vfi-worker:cpu .     no NVIDIA software in it
# Pin by digest in production: --build-arg SDK_IMAGE=...@sha256:... and so on.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0-noble
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble
# CUDA 13, cuDNN 9 and TensorRT 10 are what ONNX Runtime 1.31's GPU build links against.
ARG CUDA_IMAGE=nvidia/cuda:13.0.2-cudnn-runtime-ubuntu24.04

FROM ${SDK_IMAGE} AS build
WORKDIR /source
# Packages first: they change less often than sources, and their layer is kept.
COPY Directory.Build.props Directory.Packages.props .editorconfig ./
COPY src/Vfi.Pipeline/Vfi.Pipeline.csproj src/Vfi.Pipeline/
COPY src/Vfi.Worker/Vfi.Worker.csproj src/Vfi.Worker/
COPY compat/ compat/
RUN dotnet restore src/Vfi.Worker/Vfi.Worker.csproj -p:OfficialPackages=true
COPY src/ src/
COPY models/ models/
RUN dotnet publish src/Vfi.Worker/Vfi.Worker.csproj -c Release -p:OfficialPackages=true --no-restore -o /app

FROM ${RUNTIME_IMAGE} AS dotnet

FROM ${RUNTIME_IMAGE} AS cpu
ARG VERSION=0.2.7
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vfi-worker" \
      org.opencontainers.image.description="Raises the frame rate of videos from a queue; CPU only" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates curl ffmpeg tini \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 vfi \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin vfi \
    && install -d -o vfi -g vfi /scratch /cache
COPY --from=build /app /app
# The provider libraries need NVIDIA's; without them they are 250 MB of dead weight.
RUN find /app -name 'libonnxruntime_providers_*.so' -delete
# Nothing but the two volumes is written; diagnostics would want a socket in /tmp.
ENV PATH=/app:$PATH \
    TMPDIR=/scratch \
    HOME=/scratch \
    DOTNET_EnableDiagnostics=0 \
    ORT_DISABLE_TELEMETRY=1 \
    Worker__WorkFolder=/scratch/jobs \
    Worker__HealthAddress=http://+:8080 \
    Inference__EngineFolder=/cache/engines
USER 10001:10001
WORKDIR /scratch
VOLUME ["/scratch", "/cache"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["curl", "-fsS", "http://localhost:8080/health/live"]
ENTRYPOINT ["tini", "--", "/app/vfi"]
CMD ["worker"]

FROM ${CUDA_IMAGE} AS gpu
ARG TENSORRT_VERSION=10.14.1.48-1+cuda13.0
ARG VERSION=0.2.7
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vfi-worker" \
      org.opencontainers.image.description="Raises the frame rate of videos from a queue; TensorRT, CUDA, NVDEC and NVENC" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates curl ffmpeg libicu74 tini \
        "libnvinfer10=${TENSORRT_VERSION}" "libnvinfer-plugin10=${TENSORRT_VERSION}" "libnvonnxparsers10=${TENSORRT_VERSION}" \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 vfi \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin vfi \
    && install -d -o vfi -g vfi /scratch /cache
COPY --from=dotnet /usr/share/dotnet /usr/share/dotnet
COPY --from=build /app /app
# compute: CUDA and TensorRT; utility: nvidia-smi; video: NVDEC and NVENC, which the driver's container toolkit mounts.
ENV PATH=/app:$PATH \
    DOTNET_ROOT=/usr/share/dotnet \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility,video \
    TMPDIR=/scratch \
    HOME=/scratch \
    DOTNET_EnableDiagnostics=0 \
    ORT_DISABLE_TELEMETRY=1 \
    Worker__WorkFolder=/scratch/jobs \
    Worker__HealthAddress=http://+:8080 \
    Inference__EngineFolder=/cache/engines
USER 10001:10001
WORKDIR /scratch
VOLUME ["/scratch", "/cache"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s CMD ["curl", "-fsS", "http://localhost:8080/health/live"]
ENTRYPOINT ["tini", "--", "/app/vfi"]
CMD ["worker"]
