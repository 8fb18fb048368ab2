package specification_test

import (
	"math"
	"slices"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

func (c *chatbot) turnover(condition any, _ *point) truth {
	size, isSmall := c.deployer()
	for currency, threshold := range condition.(map[string]any) {
		amount, isStated := size.Turnover[currency]
		return reaches(float64(amount), isStated, isSmall && c.isBelowAll(size, currency), threshold)
	}
	return no
}

// isBelowAll returns whether a small operator is below each threshold of a currency in which it states no turnover.
func (c *chatbot) isBelowAll(size v1alpha1.Accountability, currency string) bool {
	smallest := math.Inf(1)
	for _, document := range c.documents {
		for _, p := range document.Points {
			if amounts, ok := p.When["turnover"].(map[string]any); ok && amounts[currency] != nil {
				smallest = min(smallest, amounts[currency].(float64))
			}
		}
	}
	_, most := c.euros(size)
	return most < smallest*c.worth(currency)[0]
}

// euros returns the lowest and the highest turnover in euros that the declaration can mean.
func (c *chatbot) euros(size v1alpha1.Accountability) (least, most float64) {
	if len(size.Turnover) == 0 {
		return 0, 0
	}
	lowest, highest := math.Inf(1), 0.0
	most = math.Inf(1)
	for currency, amount := range size.Turnover {
		low, high := float64(amount)*c.worth(currency)[0], float64(amount)*c.worth(currency)[1]
		least, lowest = max(least, low), min(lowest, low)
		most, highest = min(most, high), max(highest, high)
	}
	if least > most { // The amounts do not agree, so the turnover can be any of them.
		return lowest, highest
	}
	return least, most
}

// worth returns what a unit of the currency is worth in euros, at least and at most.
func (c *chatbot) worth(currency string) [2]float64 {
	if bounds, isListed := c.facts.Enterprises.Worth[currency]; isListed {
		return bounds
	}
	return c.facts.Enterprises.Worth["other"]
}

func (c *chatbot) enterprise(condition any, _ *point) truth {
	size, isSmall := c.deployer()
	if size.Staff == nil && !isSmall {
		return unstated
	}
	class := func(turnover float64) string {
		first := slices.IndexFunc(c.facts.Enterprises.Classes, func(class sizeClass) bool {
			isBelow := class.Staff == nil || size.Staff == nil || float64(*size.Staff) < *class.Staff
			return isBelow && (class.Turnover == nil || turnover <= *class.Turnover)
		})
		return c.facts.Enterprises.Classes[first].Name
	}
	least, most := c.euros(size)
	if class(least) != class(most) {
		return unstated
	}
	return meets(condition, []string{class(least)}, true)
}
