package coding_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/chaperone-dev/chaperone/internal/sidecar/coding"
)

func TestOf(t *testing.T) {
	cases := map[string]struct {
		header []string
		want   coding.Coding
		ok     bool
	}{
		"none":             {nil, coding.Identity, true},
		"empty":            {[]string{""}, coding.Identity, true},
		"identity":         {[]string{"identity"}, coding.Identity, true},
		"gzip":             {[]string{"gzip"}, coding.Gzip, true},
		"older name":       {[]string{"x-gzip"}, coding.Gzip, true},
		"upper case":       {[]string{" BR "}, coding.Brotli, true},
		"zstd":             {[]string{"zstd"}, coding.Zstd, true},
		"with identity":    {[]string{"identity, zstd"}, coding.Zstd, true},
		"twice":            {[]string{"gzip, gzip"}, coding.Identity, false},
		"two":              {[]string{"gzip", "br"}, coding.Identity, false},
		"deflate":          {[]string{"deflate"}, coding.Identity, false},
		"unknown":          {[]string{"rot13"}, coding.Identity, false},
		"unknown and gzip": {[]string{"rot13, gzip"}, coding.Identity, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got, ok := coding.Of(http.Header{"Content-Encoding": tc.header}); got != tc.want || ok != tc.ok {
				t.Errorf("coding %v, ok %t; want %v, %t", got, ok, tc.want, tc.ok)
			}
		})
	}
}

// flusher is a compressor that can write out what it has.
type flusher interface {
	io.WriteCloser
	Flush() error
}

// compressors makes a compressor for each coding.
var compressors = map[coding.Coding]func(w io.Writer) flusher{
	coding.Gzip:   func(w io.Writer) flusher { return gzip.NewWriter(w) },
	coding.Brotli: func(w io.Writer) flusher { return brotli.NewWriter(w) },
	coding.Zstd: func(w io.Writer) flusher {
		z, _ := zstd.NewWriter(w, zstd.WithWindowSize(1<<20)) // These options are valid.
		return z
	},
}

func compress(t *testing.T, c coding.Coding, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := compressors[c](&out)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func grant(int) bool { return true }

func TestReaderReturnsTheContent(t *testing.T) {
	for c := range compressors {
		for name, content := range map[string]string{"short": "Hello", "empty": "", "long": strings.Repeat("I am Ada. ", 5000)} {
			t.Run(c.String()+", "+name, func(t *testing.T) {
				packed := compress(t, c, []byte(content))
				for _, body := range []io.Reader{bytes.NewReader(packed), iotest.OneByteReader(bytes.NewReader(packed)), iotest.DataErrReader(bytes.NewReader(packed))} {
					got, err := io.ReadAll(coding.NewReader(body, c, grant))
					if err != nil || string(got) != content {
						t.Errorf("%d bytes, error %v, want %d bytes", len(got), err, len(content))
					}
				}
			})
		}
	}
}

// TestReaderDoesNotHoldBack: what a server has flushed can be read before it sends more.
func TestReaderDoesNotHoldBack(t *testing.T) {
	for c, open := range compressors {
		t.Run(c.String(), func(t *testing.T) {
			from, to := io.Pipe()
			received := make(chan struct{})
			pieces := []string{"data: {\"text\":\"Hello\"}\n\n", "data: {\"text\":\" Ada, how are you?\"}\n\n"}
			go func() {
				z := open(to)
				for _, piece := range pieces {
					_, _ = io.WriteString(z, piece)
					_ = z.Flush()
					<-received
				}
				_ = z.Close()
				_ = to.Close()
			}()
			in := coding.NewReader(from, c, grant)
			for _, piece := range pieces {
				got := make([]byte, len(piece))
				if _, err := io.ReadFull(in, got); err != nil || string(got) != piece {
					t.Fatalf("got %q, error %v, want %q", got, err, piece)
				}
				received <- struct{}{}
			}
			if rest, err := io.ReadAll(in); err != nil || len(rest) > 0 {
				t.Errorf("got %q, error %v at the end", rest, err)
			}
		})
	}
}

func TestReaderRefusesWhatIsBroken(t *testing.T) {
	content := []byte(strings.Repeat("My card is 4242 4242 4242 4242. ", 20))
	for c := range compressors {
		packed := compress(t, c, content)
		for name, body := range map[string][]byte{
			"nothing": {}, "no such bytes": []byte("{\"messages\":[]}"), "first byte": packed[:1], "half": packed[:len(packed)/2],
			"all but the last byte": packed[:len(packed)-1], "more behind the end": append(bytes.Clone(packed), "rest"...),
		} {
			t.Run(c.String()+", "+name, func(t *testing.T) {
				if c == coding.Zstd && name == "nothing" {
					t.Skip("zstd may have no frames")
				}
				if _, err := io.ReadAll(coding.NewReader(bytes.NewReader(body), c, grant)); !errors.Is(err, coding.ErrMalformed) {
					t.Errorf("error is %v, want ErrMalformed", err)
				}
			})
		}
	}
}

// zeros is a body of 10 GiB.
func zeros() io.Reader { return io.LimitReader(zeroReader{}, 10<<30) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestReaderEndsBombs(t *testing.T) {
	for c, open := range compressors {
		t.Run(c.String(), func(t *testing.T) {
			from, to := io.Pipe()
			go func() {
				z := open(to)
				// The copy ends when the reader is closed.
				_, _ = io.Copy(z, zeros())
			}()
			n, err := io.Copy(io.Discard, coding.NewReader(from, c, grant))
			_ = from.Close()
			if !errors.Is(err, coding.ErrRatio) || n > 64<<20 {
				t.Errorf("%d bytes came out, error %v, want ErrRatio", n, err)
			}
		})
	}
}

func TestReaderAsksForMemory(t *testing.T) {
	content := []byte("Hello")
	window := func(size int) func(w io.Writer) flusher {
		return func(w io.Writer) flusher {
			z, _ := zstd.NewWriter(w, zstd.WithWindowSize(size), zstd.WithSingleSegment(false))
			return z
		}
	}
	bits := func(lgwin int) func(w io.Writer) flusher {
		return func(w io.Writer) flusher {
			return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: 1, LGWin: lgwin})
		}
	}
	cases := map[string]struct {
		coding coding.Coding
		open   func(w io.Writer) flusher
		want   int
	}{
		"br, 18 bits":  {coding.Brotli, bits(18), 1 << 18},
		"br, 19 bits":  {coding.Brotli, bits(19), 1 << 19},
		"br, 24 bits":  {coding.Brotli, bits(24), 1 << 24},
		"zstd, 64 KiB": {coding.Zstd, window(64 << 10), 1 << 20},
		"zstd, 8 MiB":  {coding.Zstd, window(8 << 20), 8 << 20},
		"zstd, 16 MiB": {coding.Zstd, window(16 << 20), 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			z := tc.open(&out)
			_, _ = z.Write(content)
			_ = z.Flush()
			_ = z.Close()
			asked := 0
			_, err := io.ReadAll(coding.NewReader(&out, tc.coding, func(size int) bool { asked = size; return false }))
			if !errors.Is(err, coding.ErrMemory) || asked != tc.want {
				t.Errorf("asked for %d bytes, error %v; want %d, ErrMemory", asked, err, tc.want)
			}
		})
	}
}

// TestReaderReturnsErrorsOfTheBody unchanged, so that the sidecar knows which side failed.
func TestReaderReturnsErrorsOfTheBody(t *testing.T) {
	broken := errors.New("connection reset")
	for c := range compressors {
		packed := compress(t, c, []byte(strings.Repeat("Hello ", 100)))
		body := io.MultiReader(bytes.NewReader(packed[:len(packed)-2]), iotest.ErrReader(broken))
		if _, err := io.ReadAll(coding.NewReader(body, c, grant)); !errors.Is(err, broken) {
			t.Errorf("%v: error is %v, want that of the body", c, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	for c := range compressors {
		f.Add(uint8(c), []byte("Hello"))
	}
	f.Fuzz(func(t *testing.T, c uint8, body []byte) {
		n, err := io.Copy(io.Discard, io.LimitReader(coding.NewReader(bytes.NewReader(body), coding.Coding(c%4), grant), 1<<20))
		if n > 1<<20 {
			t.Errorf("%d bytes, error %v", n, err)
		}
	})
}
