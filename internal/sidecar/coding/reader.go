package coding

import (
	"bufio"
	"errors"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

var (
	// ErrMalformed means that a body is not what its coding says, or ends too early.
	ErrMalformed = errors.New("the body is not in its content coding")
	// ErrRatio means that a body is more than MaxRatio times as large without its coding.
	ErrRatio = errors.New("the body is compressed too much")
	// ErrMemory means that the decoder needs more memory than it may have.
	ErrMemory = errors.New("there is no memory to decode the body")
)

const (
	// MaxRatio is how many times as large as the compressed bytes their content may be. JSON with chat messages reaches 20, a text that
	// repeats one sentence 150; a bomb of zeros has 1000 with gzip and more than 10,000 with br and zstd.
	MaxRatio = 200
	// freeBytes may come out whatever came in: a short body of one repeated letter does no harm.
	freeBytes = 64 << 10
	// maxWindow is the largest window of zstd, which RFC 9659 sets for HTTP. Windows of br have at most twice that.
	maxWindow = 8 << 20
	// minWindow is the smallest memory that a decoder of zstd asks for: later frames of a body may have a larger window than the first.
	minWindow = 1 << 20
	// peekedBytes is the length of the longest header that says how large the window is.
	peekedBytes = 18
)

// NewReader returns a reader of the content of a body. It reads nothing before its first Read. reserve is called once, before the decoder
// takes memory of more than some 64 KiB, and reports whether it may. Errors of the body itself are returned unchanged.
func NewReader(body io.Reader, c Coding, reserve func(bytes int) bool) io.Reader {
	if c == Identity {
		return body
	}
	counted := &counter{body: body}
	return &reader{coding: c, reserve: reserve, source: counted, peeked: bufio.NewReaderSize(counted, pageBytes)}
}

// pageBytes is how much of a body is read at once.
const pageBytes = 4 << 10

// counter counts what is read of a body, and keeps its error.
type counter struct {
	body  io.Reader
	count int64
	err   error
}

// Read reads from the body.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	c.count += int64(n)
	c.err = err
	return n, err
}

// reader decodes a body.
type reader struct {
	coding  Coding
	reserve func(bytes int) bool
	source  *counter
	peeked  *bufio.Reader
	// decoder is nil before the first Read.
	decoder io.Reader
	// count is the number of bytes that came out.
	count int64
}

// Read returns content as soon as the decoder has some.
func (r *reader) Read(p []byte) (int, error) {
	if r.decoder == nil {
		if err := r.open(); err != nil {
			return 0, err
		}
	}
	n, err := r.decoder.Read(p)
	r.count += int64(n)
	if r.count > freeBytes && r.count/MaxRatio > r.source.count {
		return 0, ErrRatio
	}
	return n, r.explain(err)
}

// explain returns the error of the body for an error that the body caused, and ErrMalformed for one of the decoder.
func (r *reader) explain(err error) error {
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return err
	case r.source.err != nil && !errors.Is(r.source.err, io.EOF):
		return r.source.err
	}
	return ErrMalformed
}

// open makes the decoder. It returns ErrMemory if there is no memory for the window that the body asks for.
func (r *reader) open() (err error) {
	// A body may be shorter than what is wanted, and its error appears again when it is read.
	header, _ := r.peeked.Peek(peekedBytes)
	window := maxWindow
	switch r.coding {
	case Gzip: // The window has 32 KiB, for which nothing is reserved.
		r.decoder, err = gzip.NewReader(r.peeked)
		return r.explain(refuseEmpty(err))
	case Brotli:
		window = brotliWindow(header)
	case Zstd:
		window = zstdWindow(header)
	}
	if window > 2*maxWindow || !r.reserve(window) { // twice, for br
		return ErrMemory
	}
	if r.coding == Brotli {
		r.decoder = brotli.NewReader(r.peeked)
		return nil
	}
	// With one goroutine the decoder decodes while it is read, and returns each block when it is there.
	r.decoder, err = zstd.NewReader(r.peeked, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(uint64(window)))
	return r.explain(err)
}

// refuseEmpty returns io.ErrUnexpectedEOF for io.EOF: an empty body is not in a coding.
func refuseEmpty(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// brotliWindow returns the size of the window that the first bits of a body name (RFC 7932, section 9.1).
func brotliWindow(header []byte) int {
	if len(header) == 0 {
		return 0
	}
	bits := header[0]
	// A first bit of 0 means 16 bits. Otherwise the next three bits are a number n: 17+n bits, or at most 17 if n is 0.
	switch n := bits >> 1 & 7; {
	case bits&1 == 0:
		return 1 << 16
	case n != 0:
		return 1 << (17 + n)
	}
	return 1 << 17
}

// zstdWindow returns the size of the window that a frame names, or that of its content if the content is a single segment, whose window it is.
// A frame that does not say it, such as one to be skipped, may have the largest.
func zstdWindow(header []byte) int {
	var h zstd.Header
	if h.Decode(header) != nil || h.Skippable {
		return maxWindow
	}
	window := h.WindowSize
	if h.SingleSegment {
		window = h.FrameContentSize
	}
	if window > maxWindow {
		return 3 * maxWindow // more than open accepts for any coding; the window itself may not fit into an int
	}
	return max(int(window), minWindow)
}
