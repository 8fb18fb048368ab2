# Two images from one build: `docker build --target manager .` and `docker build --target sidecar .`.
# Both hold one static binary, no shell and no package manager, and run as a numeric user that is not root.
# Pin the base by digest where you build: --build-arg GO_IMAGE=golang:1.26@sha256:…
ARG GO_IMAGE=golang:1.26

FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY api api
COPY cmd/manager cmd/manager
COPY cmd/sidecar cmd/sidecar
COPY controllers controllers
COPY internal internal
COPY policies policies
ARG TARGETOS
ARG TARGETARCH
ENV CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH
RUN go build -trimpath -ldflags "-s -w" -o /out/manager ./cmd/manager \
 && go build -trimpath -ldflags "-s -w" -o /out/sidecar ./cmd/sidecar

FROM scratch AS manager
LABEL org.opencontainers.image.title="Chaperone manager" \
      org.opencontainers.image.description="Operator that makes AI customer-support chatbots keep the law of the places they serve" \
      org.opencontainers.image.source="https://github.com/chaperone-dev/chaperone" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/manager /manager
USER 65532:65532
ENTRYPOINT ["/manager"]

FROM scratch AS sidecar
LABEL org.opencontainers.image.title="Chaperone sidecar" \
      org.opencontainers.image.description="Governance proxy in front of one chatbot" \
      org.opencontainers.image.source="https://github.com/chaperone-dev/chaperone" \
      org.opencontainers.image.licenses="Apache-2.0"
# Model services are reached over TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/sidecar /sidecar
USER 10742:10742
ENTRYPOINT ["/sidecar"]
