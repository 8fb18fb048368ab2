package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// sendByCurl is the sender with a node. It runs curl in the node, as a user in a terminal would, and prints the command.
func (s *stage) sendByCurl(ctx context.Context, url, language, body string) (chatAnswer, error) {
	s.say("$ curl -sS %s -H 'Content-Type: application/json' -H 'Accept-Language: %s' -d '%s'", url, language, body)
	headers := filepath.Join(s.work, "headers")
	out, code, err := s.runProgram(ctx, "localcluster-run", "curl", "-sS", "--no-buffer", "--max-time", "30", "--dump-header", headers,
		"--header", "Content-Type: application/json", "--header", "Accept-Language: "+language, "--data-binary", body, url)
	if err != nil {
		return chatAnswer{}, err
	}
	if code != 0 {
		return chatAnswer{}, fmt.Errorf("curl: exit code %d: %s", code, out)
	}
	text, err := os.ReadFile(headers)
	if err != nil {
		return chatAnswer{}, err
	}
	answer := chatAnswer{body: out}
	answer.status, answer.header, err = parseHeaders(text)
	return answer, err
}

// parseHeaders returns the status and the header that `curl --dump-header` writes.
func parseHeaders(text []byte) (status int, header http.Header, err error) {
	reader := textproto.NewReader(bufio.NewReader(bytes.NewReader(text)))
	line, err := reader.ReadLine()
	if err != nil {
		return 0, nil, fmt.Errorf("read the status line: %w", err)
	}
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return 0, nil, fmt.Errorf("status line %q", line)
	}
	if status, err = strconv.Atoi(fields[1]); err != nil {
		return 0, nil, fmt.Errorf("status line %q: %w", line, err)
	}
	fieldsRead, err := reader.ReadMIMEHeader()
	if err != nil {
		return 0, nil, fmt.Errorf("read the headers: %w", err)
	}
	return status, http.Header(fieldsRead), nil
}
