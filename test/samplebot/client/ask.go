package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

// maxResponse bounds the response to a chat message, in bytes.
const maxResponse = 4 << 20

// Ask sends one chat message and prints the answer. A URL without a path gets the path of the bot. Ask prints a response that is
// not a chat completion unchanged, and returns ErrStatus for a refusal and another error for anything else.
func Ask(ctx context.Context, r Request, message string, out io.Writer) error {
	var err error
	if r.URL, err = addPath(r.URL); err != nil {
		return err
	}
	r.Method = http.MethodPost
	r.Body, err = json.Marshal(map[string]any{
		"model":    "sample",
		"messages": []map[string]string{{"role": "user", "content": message}},
	})
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	var body []byte
	err = r.send(ctx, func(res *http.Response) (err error) {
		body, err = io.ReadAll(io.LimitReader(res.Body, maxResponse))
		return err
	})
	text, isChat := readAnswer(body)
	if len(body) > 0 {
		fmt.Fprintln(out, text)
	}
	if err == nil && !isChat {
		return fmt.Errorf("the response of %s is not a chat completion", r.URL)
	}
	return err
}

// addPath adds the path of the bot to a URL that has none.
func addPath(text string) (string, error) {
	address, err := url.Parse(text)
	if err != nil {
		return "", fmt.Errorf("read URL: %w", err)
	}
	if address.Path == "" || address.Path == "/" {
		address.Path = bot.Path
	}
	return address.String(), nil
}

// readAnswer returns the text of a chat completion. For anything else it returns the whole body, and isChat is false.
func readAnswer(body []byte) (text string, isChat bool) {
	var completion struct {
		Choices []struct {
			Message struct {
				Content string `json:"content"`
			} `json:"message"`
		} `json:"choices"`
	}
	if err := json.Unmarshal(body, &completion); err != nil || len(completion.Choices) == 0 {
		return string(body), false
	}
	return completion.Choices[0].Message.Content, true
}
