import { configure } from "@testing-library/react";

// Longer waits of assertions: a busy machine renders late.
configure({ asyncUtilTimeout: 10_000 });
