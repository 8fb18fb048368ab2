package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxAnswerBytes bounds the part of an answer that the demo reads.
const maxAnswerBytes = 1 << 20

// A chatAnswer is the HTTP response that a client of the chat endpoint gets.
type chatAnswer struct {
	status int
	header http.Header
	body   string
}

// sender sends a chat request with a JSON body to an address, as a client of the chat endpoint does. language is the Accept-Language.
type sender func(ctx context.Context, url, language, body string) (chatAnswer, error)

// sendChat sends a chat message of a user, and asks for a streamed answer if stream is set.
func (s *stage) sendChat(ctx context.Context, language, message string, stream bool) (chatAnswer, error) {
	body, err := json.Marshal(map[string]any{
		"model": "sample", "stream": stream, "messages": []map[string]string{{"role": "user", "content": message}},
	})
	if err != nil {
		return chatAnswer{}, err
	}
	return s.send(ctx, s.chatURL, language, string(body))
}

// post is the sender without a node. Any OpenAI-compatible client does the same.
func post(ctx context.Context, url, language, body string) (chatAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return chatAnswer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", language)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return chatAnswer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	return chatAnswer{status: resp.StatusCode, header: resp.Header, body: string(data)}, err
}

// text returns what the assistant says in a plain (not streamed) answer.
func (a chatAnswer) text() (string, error) {
	var answer struct {
		Choices []struct {
			Message struct {
				Content string `json:"content"`
			} `json:"message"`
		} `json:"choices"`
	}
	if err := json.Unmarshal([]byte(a.body), &answer); err != nil {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	if len(answer.Choices) == 0 {
		return "", errors.New("the answer has no choices")
	}
	return answer.Choices[0].Message.Content, nil
}

// streamedText returns what the assistant says in all events of a streamed answer. A stream that does not end with [DONE] is an error.
func (a chatAnswer) streamedText() (string, error) {
	var text strings.Builder
	done := false
	for line := range strings.SplitSeq(a.body, "\n") {
		data, isData := strings.CutPrefix(strings.TrimRight(line, "\r"), "data:")
		if !isData {
			continue
		}
		if strings.TrimSpace(data) == "[DONE]" {
			done = true
			continue
		}
		var event struct {
			Choices []struct {
				Delta struct {
					Content string `json:"content"`
				} `json:"delta"`
			} `json:"choices"`
		}
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			return "", fmt.Errorf("read event %q: %w", data, err)
		}
		for _, choice := range event.Choices {
			text.WriteString(choice.Delta.Content)
		}
	}
	if !done {
		return "", errors.New("the stream ended without [DONE]")
	}
	return text.String(), nil
}
