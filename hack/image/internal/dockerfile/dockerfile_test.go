package dockerfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/hack/image/internal/dockerfile"
)

// read reads a Dockerfile of this content.
func read(t *testing.T, content string) (*dockerfile.File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Dockerfile")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dockerfile.Read(path, map[string]string{"TARGETARCH": "amd64"})
}

const whole = `# A comment.
ARG GO_IMAGE=golang:1.26
FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd/shop cmd/shop
COPY notes.txt doc/notes
ARG TARGETARCH
ARG FLAGS="-s -w"
ENV CGO_ENABLED=0 GOARCH=$TARGETARCH
RUN go build -trimpath -ldflags "$FLAGS" -o /out/shop ./cmd/shop \
 && go build -o out/desk ./cmd/desk

FROM scratch AS shop
LABEL title="A shop" \
      source=https://shop.example
ENV B=2 A="1"
# Comments change nothing.
COPY --from=build /out/shop /shop
COPY --from=build out/data.pem /etc/data.pem
USER 1000:1000
ENTRYPOINT ["/shop", "--open"]
CMD ["now"]

FROM scratch AS empty
`

func TestReadWhole(t *testing.T) {
	got, err := read(t, whole)
	if err != nil {
		t.Fatal(err)
	}
	want := &dockerfile.File{
		Builds: map[string]dockerfile.Build{"build": {
			Folder: "/src",
			Sources: []dockerfile.Source{
				{From: []string{"go.mod", "go.sum"}, To: "/src", IntoFolder: true},
				{From: []string{"cmd/shop"}, To: "/src/cmd/shop"},
				{From: []string{"notes.txt"}, To: "/src/doc/notes"},
			},
			Env: []string{"CGO_ENABLED=0", "GOARCH=amd64"},
			Programs: map[string]dockerfile.Program{
				"/out/shop":     {Args: []string{"-trimpath", "-ldflags", "-s -w", "./cmd/shop"}},
				"/src/out/desk": {Args: []string{"./cmd/desk"}},
			},
		}},
		Targets: []dockerfile.Target{
			{
				Name: "shop", User: "1000:1000", Entrypoint: []string{"/shop", "--open"}, Cmd: []string{"now"}, Env: []string{"A=1", "B=2"},
				Labels: map[string]string{"title": "A shop", "source": "https://shop.example"},
				Copies: []dockerfile.Copy{{Stage: "build", Source: "/out/shop", Path: "/shop"}, {Stage: "build", Source: "/out/data.pem", Path: "/etc/data.pem"}},
			},
			{Name: "empty", Labels: map[string]string{}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Dockerfile (-want +got):\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	const build = "FROM golang:1.26 AS build\n"
	const target = build + "FROM scratch AS shop\n"
	cases := map[string]struct {
		content, want string
	}{
		"a word that is no instruction":         {target + "COPPY a b\n", "unknown instruction: COPPY"},
		"an instruction that targets lack":      {target + "HEALTHCHECK CMD /shop\n", ":3: HEALTHCHECK is not understood here; a target has LABEL, ENV, COPY --from"},
		"RUN in a target":                       {target + "RUN go build -o /shop .\n", ":3: RUN is not understood here"},
		"WORKDIR in a target":                   {target + "WORKDIR /\n", ":3: WORKDIR is not understood here"},
		"an instruction that build stages lack": {build + "ADD a b\n", ":2: ADD is not understood here; a build stage has WORKDIR"},
		"USER in a build stage":                 {build + "USER 1\n", ":2: USER is not understood here"},
		"an entry point for a shell":            {target + "ENTRYPOINT /shop --open\n", ":3: ENTRYPOINT needs a shell"},
		"a command for a shell":                 {target + "CMD /shop --open\n", ":3: CMD needs a shell"},
		"a stage without a name":                {"FROM scratch\n", ":1: FROM scratch has no name"},
		"a stage that is there twice":           {target + "FROM scratch AS build\n", `:3: stage "build" is there twice`},
		"a target that is there twice":          {target + "FROM scratch AS shop\n", `:3: stage "shop" is there twice`},
		"COPY from a stage that is not there":   {target + "COPY --from=golang:1.26 /a /a\n", `:3: COPY --from=golang:1.26 names no build stage above it; they are ["build"]`},
		"COPY from the build context":           {target + "COPY a /a\n", ":3: COPY --from= names no build stage"},
		"COPY from a target":                    {target + "FROM scratch AS b\nCOPY --from=shop /a /a\n", `:4: COPY --from=shop names no build stage`},
		"COPY with an owner":                    {target + "COPY --from=build --chown=1:1 /a /a\n", ":3: COPY of a target takes one file to one path"},
		"COPY with a mode":                      {target + "COPY --from=build --chmod=0600 /a /a\n", ":3: COPY of a target takes one file to one path"},
		"COPY of two files":                     {target + "COPY --from=build /a /b /c/\n", ":3: COPY of a target takes one file to one path"},
		"COPY to a folder":                      {target + "COPY --from=build /a /c/\n", ":3: COPY of a target takes one file to one path"},
		"COPY of a text":                        {build + "COPY <<EOF /a\nhello\nEOF\n", ":2: COPY of a build stage takes files of the build context"},
		"COPY between build stages":             {build + "FROM golang:1.26 AS more\nCOPY --from=build /a /a\n", ":3: COPY of a build stage takes files of the build context"},
		"COPY of two files to one":              {build + "COPY a b c\n", `:2: COPY of several files goes to a folder: end "c" with a slash`},
		"RUN of another program":                {build + "RUN apt-get update\n", ":2: RUN apt-get update is not understood"},
		"RUN behind another operator":           {build + "RUN go build -o /a . ; rm -r /\n", `:2: RUN has ";", and no shell runs it here`},
		"RUN of another go command":             {build + "RUN go generate ./...\n", ":2: RUN go generate ./... is not understood"},
		"a build without an output":             {build + "RUN go build ./...\n", ":2: RUN go build ./... is not understood"},
		"a build without the output's name":     {build + "RUN go build -o\n", ":2: RUN go build -o is not understood"},
		"RUN with a mount":                      {build + "RUN --mount=type=cache,target=/root go build -o /a .\n", ":2: RUN is understood as a plain line alone"},
		"RUN without a shell":                   {build + `RUN ["go", "build"]` + "\n", ":2: RUN is understood as a plain line alone"},
		"RUN of a text":                         {build + "RUN <<EOF\ngo build\nEOF\n", ":2: RUN is understood as a plain line alone"},
		"an argument without a value":           {build + "ARG VERSION\n", ":2: ARG VERSION has no default"},
		"a variable without a value":            {build + "ENV GOARCH=$TARGETARCH\n", ":2: ENV: $TARGETARCH has no value"},
		"a variable in a target":                {target + "LABEL version=$VERSION\n", ":3: LABEL: $VERSION has no value"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := read(t, tc.content); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q in it", err, tc.want)
			}
		})
	}
	if _, err := dockerfile.Read(filepath.Join(t.TempDir(), "none"), nil); err == nil || !strings.HasPrefix(err.Error(), "read Dockerfile: open ") {
		t.Errorf("without a file: %v", err)
	}
}
