import { configure } from "@testing-library/react";

// How long an assertion may wait says nothing of the code: a busy machine renders late.
configure({ asyncUtilTimeout: 10_000 });
