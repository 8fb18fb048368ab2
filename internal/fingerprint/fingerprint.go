// Package fingerprint identifies values by their content: as keys of caches, and to find values that are equal.
package fingerprint

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

// Sum identifies a value by its whole content: two values of one type have the same sum only if they are equal. Nil and empty are different.
type Sum [sha256.Size]byte

// Compute returns the SHA-256 of the value with all of its fields, also unexported ones. It reads the fields by reflection, so a field that is
// added to a type becomes part of the sum without a change here. It returns false if a part of the value cannot be compared by content: a
// function, a channel, an unsafe pointer, a complex number, a map whose keys are not texts, or an interface that is not nil.
func Compute(value any) (Sum, bool) {
	sum, _, ok := Measure(value)
	return sum, ok
}

// Measure returns what Compute returns, and the size of the content in bytes.
func Measure(value any) (sum Sum, size int, isComparable bool) {
	// The type assertion cannot fail: every value of the pool is an *encoder.
	e, _ := encoders.Get().(*encoder)
	defer e.release()
	if !e.append(reflect.ValueOf(value)) {
		return Sum{}, 0, false
	}
	return sha256.Sum256(e.buffer), len(e.buffer), true
}

// encoders is a pool of encoders with their buffers: to allocate a buffer for each input would take as long as to encode the input.
var encoders = sync.Pool{New: func() any { return &encoder{buffer: make([]byte, 0, 16<<10)} }}

// maxPooledBuffer is the size in bytes above which a buffer does not return to the pool, which would keep the memory of one large input.
const maxPooledBuffer = 256 << 10

// release returns the encoder to the pool, unless its buffer is too large. Nothing may use the encoder afterwards.
func (e *encoder) release() {
	if cap(e.buffer) > maxPooledBuffer {
		return
	}
	e.buffer = e.buffer[:0]
	encoders.Put(e)
}

// encoder appends the bytes of values to a buffer. Different values of one type never give the same bytes: whatever can be nil has a flag
// in front, and whatever has a length has the length in front. The methods that return a bool return false for a value that cannot be
// compared by its content, such as a function.
type encoder struct {
	// buffer has the bytes of the values so far.
	buffer []byte
	// keys is the scratch space of appendTexts, for sorted keys.
	keys []string
}

// append appends a value of any kind, with everything in it.
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
		isNil := v.IsNil()
		e.appendFlag(!isNil)
		return isNil || e.append(v.Elem())
	case reflect.Slice, reflect.Array:
		return e.appendList(v)
	case reflect.Map:
		return e.appendMap(v)
	case reflect.Interface:
		// A nil interface is encoded like a nil pointer. Any other is refused, because its encoding would need its dynamic type.
		e.appendFlag(false)
		return v.IsNil()
	}
	return e.appendScalar(v)
}

// appendScalar appends a text, a bool or a number. It returns false for other kinds.
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

// appendList appends a slice or an array. A nil slice and an empty one give different bytes.
func (e *encoder) appendList(v reflect.Value) bool {
	if v.Kind() == reflect.Slice {
		e.appendFlag(!v.IsNil())
	}
	e.appendLength(v.Len())
	// The method Bytes of reflect.Value panics for an array that is not addressable.
	canCallBytes := v.Kind() == reflect.Slice || v.CanAddr()
	if v.Type().Elem().Kind() == reflect.Uint8 && canCallBytes {
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

// appendMap appends a map with its entries in the order of their keys. It returns false if the keys are not texts.
func (e *encoder) appendMap(v reflect.Value) bool {
	if v.Type().Key().Kind() != reflect.String {
		return false
	}
	e.appendFlag(!v.IsNil())
	e.appendLength(v.Len())
	// A map in an unexported field cannot be converted, and takes the slower way below.
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

// appendTexts appends the entries of a map as appendMap does, in the order of their keys. It is for the most common type of map, and avoids
// the allocations of reflection.
func (e *encoder) appendTexts(texts map[string]string) {
	e.keys = slices.AppendSeq(e.keys[:0], maps.Keys(texts))
	slices.Sort(e.keys)
	for _, key := range e.keys {
		e.appendText(key)
		e.appendText(texts[key])
	}
}

// appendText appends the length of a text, and the text.
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
