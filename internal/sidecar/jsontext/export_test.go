package jsontext

import "bytes"

// MaxBuffer is maxBuffer for tests.
const MaxBuffer = maxBuffer

// ResetKeeps reports whether a rewriter whose buffers have the capacity is reused. It panics when the buffers have different
// bounds.
func ResetKeeps(size int) bool {
	decoded := rewriter{decoded: make([]byte, 0, size)}
	text := rewriter{text: make([]byte, 0, size)}
	keeps := decoded.reset()
	if text.reset() != keeps {
		panic("decoded and text have different bounds")
	}
	return keeps
}

// LeftAfterReset returns what a rewriter still refers to after it has been reset with a document and the name of a member.
func LeftAfterReset(src []byte) string {
	r := rewriter{pass: pass{src: src, dst: src}, keys: [][]byte{src}}
	r.place.Key, r.place.Insert, r.place.Append, r.place.ahead = src, src, src, src
	r.reset()
	return string(bytes.Join(append([][]byte{r.src, r.dst, r.place.Key, r.place.Insert, r.place.Append, r.place.ahead}, r.keys[:cap(r.keys)]...), nil))
}
