"""The tables of document 002 (FMAN45 Machine Learning, assignment 3, 2022), as they are printed there."""

TABLE_1 = r"""
Layer	Type	# Trainable Params
1	(5×5) Convolutional, 16 output channels	$5 \times 5 \times 16 + 16 = 416$
2	Max Pooling	None
3	(5×5) Convolutional, 16 output channels	$5 \times 5 \times 16 \times 16 + 16 = 6416$
4	Max Pooling	None
5	Fully Connected, 10 output channels	$784 \times 10 + 10 = 7850$
"""
TABLE_2 = """
Digit	0	1	2	3	4	5	6	7	8	9
Precision	0.9938	0.9908	0.9302	0.9663	0.9684	0.9955	0.9551	0.9708	0.9559	0.9832
Recall	0.9700	0.9852	0.9917	0.9869	0.9917	0.9193	0.9956	0.9371	0.9936	0.9439
"""
TABLE_3 = r"""
Layer	Type	# Trainable Params
1	(5×5) Convolutional, 16 output channels	$5 \times 5 \times 3 \times 16 + 16 = 1216$
2	Max Pooling	None
3	(5×5) Convolutional, 24 output channels	$5 \times 5 \times 16 \times 24 + 24 = 9624$
3	(5×5) Convolutional, 24 output channels	$5 \times 5 \times 24 \times 24 + 24 = 14424$
4	Max Pooling	None
5	(3×3) Convolutional, 16 output channels	$3 \times 3 \times 24 \times 16 + 16 = 3472$
5	(3×3) Convolutional, 16 output channels	$3 \times 3 \times 16 \times 16 + 16 = 2320$
6	Fully Connected, 64 output channels	$1024 \times 20 + 20 = 20500$
7	Fully Connected, 10 output channels	$20 \times 10 + 10 = 210$
"""
TABLE_4 = """
Class	Airplane	Automobile	Bird	Cat	Deer	Dog	Frog	Horse	Ship	Truck
Precision	0.7380	0.8750	0.4250	0.2100	0.1560	0.1480	0.2380	0.4020	0.2140	0.1310
Recall	0.1915	0.3486	0.4691	0.5541	0.8966	0.6789	0.5231	0.6045	0.3927	0.4441
"""
