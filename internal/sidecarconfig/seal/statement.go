package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// title is the first line of every statement.
const title = "chaperone.dev sidecar configuration 1"

// Statement is what the manager states about one configuration.
type Statement struct {
	// Chatbot is `namespace/name` of the ChatbotDeployment, and UID is the UID of the object. Sidecars compare only Chatbot: their pods
	// outlive an object that is deleted and created again.
	Chatbot, UID string
	// Digest is the SHA-256 of the configuration file.
	Digest [sha256.Size]byte
	// Serial is greater than zero. Of two statements about a chatbot, the later one has the greater serial.
	Serial int64
	// NotBefore and Expires bound the time in which a sidecar executes the configuration, in whole seconds of UTC. NotBefore is inclusive,
	// and Expires is exclusive.
	NotBefore, Expires time.Time
}

// ComputeDigest returns the SHA-256 of a configuration file.
func ComputeDigest(config []byte) [sha256.Size]byte { return sha256.Sum256(config) }

// encode returns the lines of the statement, each with its line feed.
func (s Statement) encode() []byte {
	var b bytes.Buffer
	_, _ = fmt.Fprintf(&b, "%s\nchatbot: %s\nuid: %s\nsha256: %s\nserial: %d\nnot-before: %s\nexpires: %s\n", title, s.Chatbot, s.UID,
		hex.EncodeToString(s.Digest[:]), s.Serial, s.NotBefore.UTC().Format(time.RFC3339), s.Expires.UTC().Format(time.RFC3339))
	return b.Bytes()
}

// validate returns an error if a text would break the lines of the statement, or if the serial or the times are impossible.
func (s Statement) validate() error {
	switch {
	case s.Chatbot == "" || strings.ContainsAny(s.Chatbot+s.UID, " \r\n"):
		return errors.New("the name or the UID of the chatbot has a character that names and UIDs cannot have, or is missing")
	case s.Serial <= 0:
		return fmt.Errorf("the serial is %d; it must be positive", s.Serial)
	case !s.NotBefore.Before(s.Expires):
		return errors.New("the statement expires before it becomes valid")
	}
	return nil
}

// parseStatement decodes the lines of a statement. It takes only the bytes that encode returns for the result.
func parseStatement(text []byte) (Statement, error) {
	lines := strings.Split(string(text), "\n")
	names := []string{"chatbot: ", "uid: ", "sha256: ", "serial: ", "not-before: ", "expires: "}
	if len(lines) != len(names)+2 || lines[0] != title {
		return Statement{}, fmt.Errorf("the statement does not have the form of %q", title)
	}
	values := make([]string, len(names))
	for i, name := range names {
		value, hasName := strings.CutPrefix(lines[i+1], name)
		if !hasName {
			return Statement{}, fmt.Errorf("line %d of the statement does not begin with %q", i+2, name)
		}
		values[i] = value
	}
	s := Statement{Chatbot: values[0], UID: values[1]}
	digest, digestErr := hex.DecodeString(values[2])
	copy(s.Digest[:], digest)
	var serialErr, notBeforeErr, expiresErr error
	s.Serial, serialErr = strconv.ParseInt(values[3], 10, 64)
	s.NotBefore, notBeforeErr = time.Parse(time.RFC3339, values[4])
	s.Expires, expiresErr = time.Parse(time.RFC3339, values[5])
	if err := errors.Join(digestErr, serialErr, notBeforeErr, expiresErr); err != nil {
		return Statement{}, fmt.Errorf("decode statement: %w", err)
	}
	if err := s.validate(); err != nil {
		return Statement{}, err
	}
	if !bytes.Equal(s.encode(), text) {
		return Statement{}, errors.New("the statement is not in its canonical form")
	}
	return s, nil
}
