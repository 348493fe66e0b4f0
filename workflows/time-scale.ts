// Tests that must see a time-out or a retry bundle the workflows with another scale in place of this file.
export const TIME_SCALE = 1;
