package review

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// fingerprint identifies a value with everything in it: two values have the same fingerprint only when they are equal.
type fingerprint [sha256.Size]byte

// fingerprintOf returns the SHA-256 of every field of the value, also unexported ones, read by reflection. A field that a type gains later
// is part of the fingerprint without a change here. It returns false for a value with a part that cannot be compared by content: a
// function, a channel, an unsafe pointer, or an interface that is not nil.
func fingerprintOf(value any) (fingerprint, bool) {
	e, _ := encoders.Get().(*encoder)
	defer e.release()
	if !e.append(reflect.ValueOf(value)) {
		return fingerprint{}, false
	}
	return sha256.Sum256(e.buffer), true
}

// encoders holds encoders whose buffers are used again: an allocation of a buffer for each input costs as much as the walk through it.
var encoders = sync.Pool{New: func() any { return &encoder{buffer: make([]byte, 0, 16<<10)} }}

// maxPooledBuffer is the size in bytes above which a buffer is not used again, so that one large input does not hold memory.
const maxPooledBuffer = 256 << 10

// release gives the encoder back to encoders. Nothing may use it afterwards.
func (e *encoder) release() {
	if cap(e.buffer) > maxPooledBuffer {
		return
	}
	e.buffer = e.buffer[:0]
	encoders.Put(e)
}

// encoder writes values so that no two different values of one type give the same bytes: whatever has a length says it first.
type encoder struct {
	buffer []byte
	// keys is space for the sorted keys of a map of texts.
	keys []string
}

func (e *encoder) append(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if !e.append(v.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Pointer:
		e.appendFlag(!v.IsNil())
		return v.IsNil() || e.append(v.Elem())
	case reflect.Slice, reflect.Array:
		return e.appendList(v)
	case reflect.Map:
		return e.appendMap(v)
	case reflect.Interface:
		e.appendFlag(false)
		return v.IsNil()
	}
	return e.appendScalar(v)
}

func (e *encoder) appendScalar(v reflect.Value) bool {
	switch {
	case v.Kind() == reflect.String:
		e.appendText(v.String())
	case v.Kind() == reflect.Bool:
		e.appendFlag(v.Bool())
	case v.CanInt():
		e.buffer = binary.AppendVarint(e.buffer, v.Int())
	case v.CanUint():
		e.buffer = binary.AppendUvarint(e.buffer, v.Uint())
	case v.CanFloat():
		e.buffer = binary.AppendUvarint(e.buffer, math.Float64bits(v.Float()))
	default:
		return false
	}
	return true
}

// appendList tells a nil slice from an empty one.
func (e *encoder) appendList(v reflect.Value) bool {
	if v.Kind() == reflect.Slice {
		e.appendFlag(!v.IsNil())
	}
	e.appendLength(v.Len())
	if v.Type().Elem().Kind() == reflect.Uint8 && (v.Kind() == reflect.Slice || v.CanAddr()) {
		e.buffer = append(e.buffer, v.Bytes()...)
		return true
	}
	for i := range v.Len() {
		if !e.append(v.Index(i)) {
			return false
		}
	}
	return true
}

// appendMap takes maps with text keys, in the order of their keys.
func (e *encoder) appendMap(v reflect.Value) bool {
	if v.Type().Key().Kind() != reflect.String {
		return false
	}
	e.appendFlag(!v.IsNil())
	e.appendLength(v.Len())
	if v.CanInterface() {
		if texts, ok := v.Interface().(map[string]string); ok {
			e.appendTexts(texts)
			return true
		}
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		if !e.append(key) || !e.append(v.MapIndex(key)) {
			return false
		}
	}
	return true
}

// appendTexts writes what appendMap writes for the most common type of map, without the allocations of reflection.
func (e *encoder) appendTexts(texts map[string]string) {
	e.keys = slices.AppendSeq(e.keys[:0], maps.Keys(texts))
	slices.Sort(e.keys)
	for _, key := range e.keys {
		e.appendText(key)
		e.appendText(texts[key])
	}
}

func (e *encoder) appendText(text string) {
	e.appendLength(len(text))
	e.buffer = append(e.buffer, text...)
}

func (e *encoder) appendLength(n int) { e.buffer = binary.AppendUvarint(e.buffer, uint64(n)) }

func (e *encoder) appendFlag(set bool) {
	if set {
		e.buffer = append(e.buffer, 1)
		return
	}
	e.buffer = append(e.buffer, 0)
}
